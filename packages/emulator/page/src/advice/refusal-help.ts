import type { EmulatorState, RefusalReported } from '@countersign/emulator'
import {
  isAllowed,
  type Operation,
  operationText,
  rulesOf,
  rulesText,
  similarOperation,
} from './operations.ts'

/** Why serviceFetch stopped a call, and what to do about it. */
export interface RefusalHelp {
  means: string
  todo: string
  /** What was probably meant, as a question. */
  guess?: string
  /** The allowed operation that was probably meant. */
  similar?: string
  /** The operations that the policy allows on this target; only if the operation is the reason. */
  expected?: readonly string[]
  /** JSON to merge into the policy, so that the operation is allowed. */
  snippet?: string
}

/** Explains a refusal of serviceFetch to the developer of the calling service. */
export function refusalHelp(
  refusal: RefusalReported,
  state: EmulatorState | undefined,
): RefusalHelp {
  if (isUndeclared(refusal)) return undeclaredHelp(refusal)
  const { code, service = 'the calling service', target = 'the target' } = refusal
  const text = Object.hasOwn(texts, code) ? texts[code] : undefined
  const [means, todo] = (text ?? unknown)({ service, target })
  return { means, todo, ...guessFor(refusal, state), ...operationHelp(refusal, state) }
}

type Named = RefusalReported & Names

/** Whether the target is known, so that only the policy, or the options, do not list it. */
function isUndeclared(refusal: RefusalReported): refusal is Named {
  const { code, service, target } = refusal
  return code === 'target_not_allowed' && service !== undefined && target !== undefined
}

function undeclaredHelp(refusal: Named): RefusalHelp {
  const { service, target } = refusal
  return {
    means: `${service} called ${target}, which is not among its targets.`,
    todo: `If the call is intended, declare it under the calls of ${service} in the policy.`,
    ...snippetOf(refusal, []),
  }
}

type Names = Required<Pick<RefusalReported, 'service' | 'target'>>

const texts: Record<string, ((names: Names) => [means: string, todo: string]) | undefined> = {
  target_not_allowed: ({ service }) => [
    'The URL belongs to no service that this one may call.',
    `Take the URL from policy.url(NAME), and declare the call under the calls of ${service} in the policy.`,
  ],
  operation_not_allowed: ({ service, target }) => [
    `${service} may call ${target}, but not with this method and path.`,
    `Correct the method or the path, or add the operation to the calls of ${service} in the policy.`,
  ],
  target_beyond_emulator: () => [
    'The URL is not one of the emulator’s: the tokens of the emulator are worth nothing there.',
    'Add the service to the policy, and take its URL from policy.url(NAME). To call real services with genuine tokens, use npx countersign dev --only NAME.',
  ],
  insecure_target: () => [
    'The target is listed with https, but was called with http.',
    'Write the URL with https.',
  ],
  redirect_refused: ({ target }) => [
    `${target} redirected to a place that this service may not call.`,
    'Call the final URL directly, or declare its service in the policy.',
  ],
  header_conflict: () => [
    'The request already has a header that serviceFetch sets itself.',
    'Remove the Authorization header from this request: serviceFetch adds the token.',
  ],
}

function unknown({ service }: Names): [means: string, todo: string] {
  return [
    'serviceFetch threw an error with this code.',
    `Read the hint of the error in the output of ${service}.`,
  ]
}

/** What was probably meant: an operation on the same target, or a target that has the operation. */
function guessFor(
  refusal: RefusalReported,
  state: EmulatorState | undefined,
): Pick<RefusalHelp, 'guess' | 'similar'> {
  const { service, target, code } = refusal
  if (service === undefined) return {}
  if (target !== undefined && code === 'operation_not_allowed') {
    const found = similarOperation(refusal, rulesOf(state, { service }, target))
    const similar = found && operationText(found)
    return similar === undefined ? {} : { guess: `Did you mean ${similar}?`, similar }
  }
  if (!['target_not_allowed', 'target_beyond_emulator'].includes(code)) return {}
  const meant = targetWith(refusal, { service, state })
  return meant === undefined
    ? {}
    : { guess: `Did you mean ${meant}? Write policy.url('${meant}').` }
}

/** The only service on which the caller may call this operation, or a similar one. */
function targetWith(
  operation: Operation,
  { service, state }: { service: string; state: EmulatorState | undefined },
): string | undefined {
  const targets = new Set((state?.edges ?? []).filter(({ from }) => from === service).map(toOf))
  const matching = [...targets].filter((to) => {
    const rules = rulesOf(state, { service }, to).filter(({ paths }) => paths !== undefined)
    return isAllowed(operation, rules) || similarOperation(operation, rules) !== undefined
  })
  return matching.length === 1 ? matching[0] : undefined
}

function toOf({ to }: { to: string }): string {
  return to
}

function operationHelp(
  refusal: RefusalReported,
  state: EmulatorState | undefined,
): Pick<RefusalHelp, 'expected' | 'snippet'> {
  const { service, target, code } = refusal
  if (code !== 'operation_not_allowed' || service === undefined || target === undefined) return {}
  const rules = rulesOf(state, { service }, target)
  if (rules.length === 0) return {}
  return { expected: rulesText(rules), ...snippetOf({ ...refusal, service, target }, rules) }
}

/** The entry that adds the operation; none for an unknown method or a path that was redacted. */
function snippetOf(
  { service, target, method, path }: Named,
  rules: ReturnType<typeof rulesOf>,
): Pick<RefusalHelp, 'snippet'> {
  if (!/^[A-Z]+$/.test(method) || path.includes('[redacted]') || path.endsWith('…')) return {}
  const added = [...rules, { methods: [method], paths: [escaped(path)] }]
  const entry = { services: { [service]: { calls: { [target]: added } } } }
  return { snippet: `${JSON.stringify(entry, null, 2)}\n` }
}

/** The pattern that matches only this path. */
function escaped(path: string): string {
  return path.replace(/[{}()[\]+?!:*\\]/g, '\\$&')
}
