import type { Policy, Rule, Service } from '@countersign/policy'
import { areCovering, type Operation } from './operation-rules.ts'

/** Who wants to do what, and where. */
export interface Attempt {
  /** The email of the caller's account; undefined for nobody in particular. */
  readonly account: string | undefined
  readonly receiver: Service
  readonly operation: Operation
}

/**
 * Whether a policy lets a call through: Cloud Run's front door by the arrows and `public`, the
 * receiver by their methods and paths and by `unauthenticated`. Accounts that several services
 * share have what any of them may.
 *
 * @param policy who calls whom
 * @param attempt the call
 */
export function isDeclared(policy: Policy, { account, receiver, operation }: Attempt): boolean {
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
