import type { Policy, Rule, Service } from '@countersign/policy'
import { compilePath, type PathPattern, plainPath } from '@countersign/shared/paths'

/** Who wants to do what, and where. */
export interface AttemptedCall {
  /** The email of the caller's account; undefined for nobody in particular. */
  account: string | undefined
  receiver: Service
  operation: Operation
}

/**
 * Whether a policy lets a call through: Cloud Run's front door by the arrows and `public`, the
 * receiver by their methods and paths and by `unauthenticated`. Accounts that several services
 * share have what any of them may.
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

/** Where nobody may call by the policy there is no receiver: what is public is open to all. */
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

/** What a call wants to do. */
export interface Operation {
  method: string
  /** Path and query as they were sent. */
  target: string
}

/** Whether one of some rules covers an operation, as receivers and callers read them. */
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
