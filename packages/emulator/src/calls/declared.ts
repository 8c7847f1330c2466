import type { Policy, Rule, Service } from '@countersign/policy'
import { compilePath, type PathPattern, plainPath } from '@countersign/shared/paths'

/** A call to compare with the policy. */
export interface AttemptedCall {
  /** The email of the caller's account; undefined if the caller is unknown. */
  account: string | undefined
  receiver: Service
  operation: Operation
}

/**
 * Whether a policy allows a call: Cloud Run's front door decides by `calls` and `public`, the
 * receiver by methods, paths and `unauthenticated`. If several services share an account, it has
 * the rights of all of them.
 */
export function isDeclared(
  policy: Policy,
  { account, receiver, operation }: AttemptedCall,
): boolean {
  const rules = rulesOf(policy, receiver.name, account)
  if (!receiver.public && rules.length === 0) return false
  if (receiver.public && !hasCallers(policy, receiver.name)) return true
  return areCovering([...rules, ...openRoutes(receiver)], operation)
}

/**
 * The operations that a policy allows a caller, in words, such as `GET /profiles/:id` or `any method
 * on any path`.
 */
export function allowedOperations(
  policy: Policy,
  { account, receiver }: Pick<AttemptedCall, 'account' | 'receiver'>,
): string[] {
  const rules = [...rulesOf(policy, receiver.name, account), ...openRoutes(receiver)]
  const all = rules.flatMap(({ methods = ['any method'], paths = ['any path'] }) => {
    return methods.flatMap((method) => paths.map((path) => inWords(method, path)))
  })
  return [...new Set(all)]
}

function inWords(method: string, path: string): string {
  const isPlain = method !== 'any method' && path !== 'any path'
  return isPlain ? `${method} ${path}` : `${method} on ${path}`
}

function rulesOf(policy: Policy, to: string, account: string | undefined): readonly Rule[] {
  const callers = [...policy.services.values()].filter((one) => one.serviceAccount === account)
  const pushes = [...policy.pushes.values()].filter((push) => {
    return push.to === to && push.serviceAccount === account
  })
  return [
    ...callers.flatMap(({ calls }) => calls.get(to) ?? []),
    ...pushes.map(({ methods, path }) => ({
      methods,
      ...(path !== undefined && { paths: [path] }),
    })),
  ]
}

/** Without callers in the policy there is no receiver, so a public service is open to everybody. */
function hasCallers({ services, pushes }: Policy, name: string): boolean {
  return (
    [...services.values()].some(({ calls }) => calls.has(name)) ||
    [...pushes.values()].some(({ to }) => to === name)
  )
}

/** `GET /ready` is a rule for everybody. */
function openRoutes({ unauthenticated }: Service): readonly Rule[] {
  return unauthenticated.map((route) => {
    const [method = '', path = ''] = route.split(' ')
    return { methods: [method], paths: [path] }
  })
}

/** The operation of a call. */
export interface Operation {
  method: string
  /** Path and query as they were sent. */
  target: string
}

/** Whether one of the rules covers an operation, as in receivers and callers. */
export function areCovering(rules: readonly Rule[], operation: Operation): boolean {
  const path = plainPath(operation.target)
  return rules.some((rule) => isCovering(rule, operation.method, path))
}

function isCovering(rule: Rule, method: string, path: string | undefined): boolean {
  const { methods, paths } = rule
  const isMethod = methods?.includes(method) ?? true
  const isRead = method === 'HEAD' && methods?.includes('GET')
  if (!isMethod && !isRead) return false
  if (paths === undefined) return true
  return path !== undefined && compiled(rule).some((matches) => matches(path))
}

const patterns = new WeakMap<Rule, readonly PathPattern[]>()

function compiled(rule: Rule): readonly PathPattern[] {
  const known = patterns.get(rule) ?? (rule.paths ?? []).map((path) => compilePath(path, 'paths'))
  patterns.set(rule, known)
  return known
}
