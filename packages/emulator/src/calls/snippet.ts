import type { Policy, PushSender, Rule } from '@countersign/policy'
import { plainPath } from '@countersign/shared/paths'
import { withoutSecrets } from '../events/redact.ts'
import type { AttemptedCall } from './declared.ts'

/** The methods that a policy can contain. */
const methods: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'QUERY',
]

/** A snippet with a longer path would fill the log, and nobody would use it. */
const maxPathLength = 300

/**
 * The addition to a policy that allows an undeclared call: only this method and this path. An entry
 * that exists already is shown completely, with the addition.
 *
 * @returns JSONC to merge into the file; undefined if no policy can allow the call
 */
export function snippetFor(policy: Policy, attempt: AttemptedCall): string | undefined {
  const { method, target } = attempt.operation
  const path = plainPath(target)
  if (path === undefined || !isShown(path) || !methods.includes(method)) return undefined
  const addition = additionFor(policy, attempt, { methods: [method], paths: [pattern(path)] })
  return addition && `${hint}${jsonOf(addition)}\n`
}

/** No policy contains a path with a token. */
function isShown(path: string): boolean {
  return path.length <= maxPathLength && withoutSecrets(path, maxPathLength) === path
}

const hint =
  '// Merge into the policy. A part of the path that varies is written as a parameter: "/profiles/:id".\n'

interface NewRule {
  methods: readonly [string]
  paths: readonly [string]
}

function additionFor(policy: Policy, attempt: AttemptedCall, rule: NewRule): object | undefined {
  const { account, receiver } = attempt
  if (account === undefined) return openRoute(attempt, rule)
  const push = [...policy.pushes.values()].find((one) => one.serviceAccount === account)
  const caller = [...policy.services.values()].find((one) => one.serviceAccount === account)
  if (push && !caller) return pushTo(policy, push, { to: receiver.name, ...rule })
  if (caller) {
    const calls = callsWith(caller.calls, receiver.name, rule)
    return sayingShared(policy, account, services(caller.name, { calls }))
  }
  return stranger(policy, account, { [receiver.name]: rule })
}

/** Puts a list with one item on one line, as people write it. */
function jsonOf(addition: object): string {
  return JSON.stringify(addition, null, 2).replace(/\[\n\s+("(?:[^"\\]|\\.)*")\n\s+\]/g, '[$1]')
}

/** A push has one path, which is not a pattern; Pub/Sub and Eventarc have one method. */
function pushTo(
  policy: Policy,
  push: PushSender,
  { to, methods: [method], paths: [path] }: NewRule & { to: string },
): object | undefined {
  const { name, kind, serviceAccount } = push
  const isPostOnly = kind === 'pubsub' || kind === 'eventarc'
  if (path.includes('\\') || (isPostOnly && method !== 'POST')) return undefined
  const isKnown = push.to === to
  const methods = isKnown ? [...new Set([...push.methods, method])] : [method]
  const entry = {
    ...{ kind, serviceAccount, to },
    ...(!(isKnown && push.path === undefined) && { path }),
    ...(methods.join() !== 'POST' && { methods }),
  }
  const pushes = { [isKnown ? name : `${name}-${to}`]: entry }
  return sayingShared(policy, serviceAccount, { pushes })
}

type Addition = { readonly [group in 'services' | 'pushes']?: Readonly<Record<string, object>> }

/**
 * A policy does not load if entries with the same account have different rights without
 * `sharesAccount`.
 */
function sayingShared(policy: Policy, account: string, addition: Addition): Addition {
  const services = namesWith(account, policy.services, addition.services)
  const pushes = namesWith(account, policy.pushes, addition.pushes)
  if (services.length + pushes.length < 2) return addition
  function unsaid(names: string[], entries: Policy['services'] | Policy['pushes']): string[] {
    return names.filter((name) => !entries.get(name)?.sharesAccount)
  }
  return {
    ...group('services', unsaid(services, policy.services), addition),
    ...group('pushes', unsaid(pushes, policy.pushes), addition),
  }
}

function namesWith(
  account: string,
  entries: Policy['services'] | Policy['pushes'],
  added: object = {},
): string[] {
  const known = [...entries.values()].filter((one) => one.serviceAccount === account)
  return [...new Set([...known.map(({ name }) => name), ...Object.keys(added)])]
}

function group(name: keyof Addition, unsaid: readonly string[], addition: Addition): Addition {
  const saying = unsaid.map((one) => [one, { sharesAccount: true, ...addition[name]?.[one] }])
  const entries = { ...addition[name], ...Object.fromEntries(saying) }
  return Object.keys(entries).length === 0 ? {} : { [name]: entries }
}

function openRoute(
  { receiver }: AttemptedCall,
  { methods: [method], paths: [path] }: NewRule,
): object {
  const unauthenticated = [...receiver.unauthenticated, `${method} ${path}`]
  return services(receiver.name, { public: true, unauthenticated })
}

function callsWith(
  calls: ReadonlyMap<string, readonly Rule[]>,
  receiver: string,
  rule: NewRule,
): object {
  const before = calls.get(receiver)
  return { [receiver]: before ? [...before, rule] : rule }
}

/** People can't be callers: receivers accept service accounts only. */
function stranger(policy: Policy, account: string, calls: object): object | undefined {
  const [local = ''] = account.split('@')
  if (!/^[a-z][a-z0-9-]{0,60}[a-z0-9]@[a-z0-9.:-]{1,200}\.gserviceaccount\.com$/.test(account)) {
    return undefined
  }
  const name = policy.services.has(local) ? `other-${local}` : local
  return services(name, { serviceAccount: account, calls })
}

function services(name: string, entry: object): Addition {
  return { services: { [name]: entry } }
}

/** Escapes the path, so that the pattern matches it literally. */
function pattern(path: string): string {
  return path.replace(/[{}()[\]+?!:*\\]/g, '\\$&')
}
