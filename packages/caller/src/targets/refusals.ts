import { printed } from '@countersign/shared/checks'
import { redact, redactedUrl } from '@countersign/shared/redact'
import type { PolicyVersion } from '@countersign/shared/rules-in-force'
import { type TargetNotAllowedCode, TargetNotAllowedError } from '../errors.ts'
import type { Emulation } from './emulation.ts'
import type { CompiledTarget } from './target.ts'

/** Where targets come from, so that errors say what to add there, and name services instead of ports. */
export interface TargetSource {
  /** Undefined if the targets come from no policy. */
  policy?: PolicyVersion | undefined
  /** Undefined without an emulator. */
  emulation?: Emulation | undefined
}

/** Returns the error for a URL that belongs to no target. */
export function notListed(
  url: URL,
  all: readonly CompiledTarget[],
  source: TargetSource,
): TargetNotAllowedError {
  if (holdsUser(url)) return userRefused(url)
  const secure = all.find(({ hostname, origin }) => {
    return url.protocol === 'http:' && hostname === url.hostname && origin.startsWith('https:')
  })
  if (secure) {
    return refusal(
      'insecure_target',
      url,
      'uses http, but its target uses https',
      `Write the URL with ${secure.origin}.`,
    )
  }
  const callee = source.emulation?.serviceAt(url)
  const who = callee === undefined ? '' : `${callerIn(source)} cannot call ${callee}: `
  return new TargetNotAllowedError(
    'target_not_allowed',
    `${who}${redactedUrl(url)} is not a configured target`,
    { hint: `${additionOf(callee, source)} ${inWords(all, source)}.` },
  )
}

/** Whether a URL contains a user or a password; that of a target never does. */
export function holdsUser({ username, password }: URL): boolean {
  return username + password !== ''
}

/** Returns the error for a URL with a user or a password. */
export function userRefused(url: URL): TargetNotAllowedError {
  return refusal('target_not_allowed', url, 'contains a user or a password', 'Remove it.')
}

/**
 * Returns the error for a call whose method or path no target allows.
 *
 * @param listed the targets that its URL belongs to
 */
export function operationNotAllowed(
  { url, method }: { url: URL; method: string | undefined },
  listed: readonly CompiledTarget[],
  source: TargetSource,
): TargetNotAllowedError {
  const name = listed.at(-1)?.name
  const what = method === undefined ? 'a call of unknown method to' : redact(method)
  const target = name === undefined ? 'The target' : `The target ${name}`
  return new TargetNotAllowedError(
    'operation_not_allowed',
    `${target} does not allow ${what} ${redactedUrl(url)}`,
    {
      hint: method === undefined ? passMethod : `${allowedBy(listed)} ${operationOf(name, source)}`,
    },
  )
}

/** The first operations that are allowed: a mistyped path is more common than a missing one. */
function allowedBy(listed: readonly CompiledTarget[]): string {
  const shown = listed.slice(0, 5).map(({ operations }) => operations)
  const more = listed.length > 5 ? `; ${listed.length - 5} more` : ''
  return `It allows ${shown.join('; ')}${more}.`
}

const passMethod = 'Pass the method of the call: headers(url, { method }).'

function operationOf(name: string | undefined, source: TargetSource): string {
  const caller = callerIn(source)
  return source.policy === undefined
    ? "Add the method and the path to the target's methods and paths if this service may use them."
    : `Add the method and the path to ${callsIn(name)} of ${caller} in the policy if ${caller} may use them.`
}

/** Returns the error for a target that the emulator doesn't stand before: whoever is there would be called. */
export function beyondEmulator(url: URL, { emulation }: TargetSource): TargetNotAllowedError {
  return refusal(
    'target_beyond_emulator',
    url,
    'is beyond the emulator, whose tokens are worth nothing there',
    `Add the service to the policy, so that calls go to its front door, or run countersign dev --only ${emulation?.service ?? 'SERVICE'} for genuine tokens.`,
  )
}

/** Returns the error for headers that another client would send to a service's URL in production. */
export function inProduction(
  url: URL,
  local: URL,
  { emulation }: TargetSource,
): TargetNotAllowedError {
  const service = emulation?.serviceAt(local)
  const where = service === undefined ? local.origin : `policy.url("${service}")`
  return refusal(
    'target_beyond_emulator',
    url,
    'is beyond the emulator, whose tokens are worth nothing there',
    `Write ${where} in place of ${url.origin}: with the emulator it is ${local.origin}.`,
  )
}

/** Returns the error for a name that no target has. */
export function unknownName(
  name: string,
  names: readonly string[],
  source: TargetSource,
): TypeError {
  const known = names.join(', ') || 'them with a name'
  const addition =
    source.policy === undefined
      ? 'add it to targets'
      : `add ${callsIn(name)} to ${callerIn(source)} in the policy`
  return new TypeError(`No target is named ${printed(name)}: write one of ${known}, or ${addition}`)
}

function refusal(
  code: TargetNotAllowedCode,
  url: URL,
  why: string,
  hint: string,
): TargetNotAllowedError {
  return new TargetNotAllowedError(code, `${redactedUrl(url)} ${why}`, { hint })
}

function callerIn({ policy, emulation }: TargetSource): string {
  return policy?.service ?? emulation?.service ?? 'this service'
}

function callsIn(name: string | undefined): string {
  return name === undefined ? '"calls"' : `"calls": { "${name}": … }`
}

function additionOf(callee: string | undefined, source: TargetSource): string {
  const caller = callerIn(source)
  if (source.policy === undefined) return 'Add it to targets if this service may call it.'
  return `Add ${callsIn(callee)} to ${caller} in the policy if ${caller} may call it.`
}

function inWords(targets: readonly CompiledTarget[], source: TargetSource): string {
  const places = new Set(targets.map(({ name, base }) => (name ? `${name} at ${base}` : base)))
  if (places.size === 0) return 'There are no targets now'
  const list = [...places].join(', ')
  return source.policy === undefined
    ? `The targets are ${list}`
    : `The policy lets ${callerIn(source)} call ${list}`
}
