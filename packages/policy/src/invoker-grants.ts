import type { Policy, Service } from './policy.ts'

/** One binding of `roles/run.invoker`: who gets through Cloud Run's own check at a service. */
export interface InvokerGrant {
  /** The service that may be invoked. */
  service: string
  /** Its project's id; undefined where the policy doesn't say. */
  project: string | undefined
  /** Its region; undefined where the policy doesn't say. */
  region: string | undefined
  /** Who may: `serviceAccount:EMAIL`, or `allUsers` for a public service. */
  member: string
  /** The services and pushes of the policy that are meant by it. */
  callers: readonly string[]
}

/**
 * The bindings that Cloud Run's own check needs, no more: what the policy lets call, and may not be
 * refused at the door. Its rules of methods and paths are finer than IAM can say; `verifyCaller`
 * holds callers to those.
 *
 * @example
 * ```ts
 * for (const { service, member } of invokerGrants(policy)) console.log(member, 'invokes', service)
 * ```
 *
 * @param policy who may call whom
 * @returns one for each service and member, in the order of the policy
 */
export function invokerGrants(policy: Policy): readonly InvokerGrant[] {
  return [...policy.services.values()].flatMap((service) => grantsOn(service, policy))
}

function grantsOn(service: Service, policy: Policy): InvokerGrant[] {
  const { name, project, region } = service
  const callersOf = new Map<string, string[]>(service.public ? [['allUsers', []]] : [])
  for (const { name: caller, serviceAccount } of invokersOf(name, policy)) {
    const member = `serviceAccount:${serviceAccount}`
    callersOf.set(member, [...(callersOf.get(member) ?? []), caller])
  }
  return [...callersOf].map(([member, callers]) => {
    return { service: name, project, region, member, callers }
  })
}

function invokersOf(name: string, { services, pushes }: Policy) {
  const callers = [...services.values()].filter(({ calls }) => calls.has(name))
  const senders = [...pushes.values()].filter(({ to }) => to === name)
  return [...callers, ...senders]
}
