import type { Policy, PushSender, Rule } from '@countersign/policy'
import { plainPath } from '@countersign/shared/paths'
import type { Attempt } from './declared.ts'

/** Those that a policy may name. */
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

/** A snippet for a longer path would fill the log; nobody would paste it. */
const maxPathLength = 300

/**
 * What to add to a policy so that a call that it doesn't declare is let through: no more than that
 * method and that very path. An entry that is there already is shown whole, with what is new in it.
 *
 * @param policy who calls whom
 * @param attempt the call
 * @returns JSONC to merge into the file; undefined where no policy could let it through
 */
export function snippetFor(policy: Policy, attempt: Attempt): string | undefined {
  const { method, target } = attempt.operation
  const path = plainPath(target)
  if (path === undefined || path.length > maxPathLength || !methods.includes(method))
    return undefined
  const addition = additionFor(policy, attempt, { methods: [method], paths: [pattern(path)] })
  return addition && `${hint}${jsonOf(addition)}\n`
}

const hint =
  '// Merge into the policy. A part of the path that varies is written as a parameter: "/profiles/:id".\n'

interface NewRule {
  readonly methods: readonly [string]
  readonly paths: readonly [string]
}

function additionFor(policy: Policy, attempt: Attempt, rule: NewRule): object | undefined {
  const { account, receiver } = attempt
  if (account === undefined) return openRoute(attempt, rule)
  const push = [...policy.pushes.values()].find((one) => one.serviceAccount === account)
  const caller = [...policy.services.values()].find((one) => one.serviceAccount === account)
  if (push && !caller) return pushTo(receiver.name, push, rule)
  if (caller) return services(caller.name, { calls: callsWith(caller.calls, receiver.name, rule) })
  return stranger(policy, account, { [receiver.name]: rule })
}

/** As people write it: a list of one on one line. */
function jsonOf(addition: object): string {
  return JSON.stringify(addition, null, 2).replace(/\[\n\s+("(?:[^"\\]|\\.)*")\n\s+\]/g, '[$1]')
}

/** A push has one path, and no pattern. */
function pushTo(to: string, push: PushSender, { paths: [path] }: NewRule): object | undefined {
  if (path.includes('\\')) return undefined
  const { name, kind, serviceAccount } = push
  const entry = { kind, serviceAccount, to, path }
  return { pushes: { [push.to === to ? name : `${name}-${to}`]: entry } }
}

function openRoute({ receiver }: Attempt, { methods: [method], paths: [path] }: NewRule): object {
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

/** People can't be callers: receivers refuse whoever is no service account. */
function stranger(policy: Policy, account: string, calls: object): object | undefined {
  const [local = ''] = account.split('@')
  if (!/^[a-z][a-z0-9-]{0,60}[a-z0-9]@[a-z0-9.:-]{1,200}\.gserviceaccount\.com$/.test(account)) {
    return undefined
  }
  const name = policy.services.has(local) ? `other-${local}` : local
  return services(name, { serviceAccount: account, calls })
}

function services(name: string, entry: object): object {
  return { services: { [name]: entry } }
}

/** The path as a pattern that means it literally. */
function pattern(path: string): string {
  return path.replace(/[{}()[\]+?!:*\\]/g, '\\$&')
}
