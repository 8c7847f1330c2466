import type { Policy, Service } from './policy.ts'

/** One IAM binding of `roles/run.invoker`: a member that may invoke a service on Cloud Run. */
export interface InvokerGrant {
  /** The service that the member may invoke. */
  service: string
  /** The id of the service's project; undefined if the policy doesn't name it. */
  project: string | undefined
  /** The service's region; undefined if the policy doesn't name it. */
  region: string | undefined
  /** The IAM member: `serviceAccount:EMAIL`, or `allUsers` for a public service. */
  member: string
  /** The services and pushes of the policy that run as this member. */
  callers: readonly string[]
}

/**
 * Lists the IAM bindings that Cloud Run needs to let the policy's callers through, and no others. IAM
 * knows no methods and paths: `verifyCaller` checks the rules about those.
 *
 * @example
 * ```ts
 * for (const { service, member } of invokerGrants(policy)) console.log(member, 'invokes', service)
 * ```
 *
 * @param policy the loaded policy
 * @returns one binding for each service and member, in the order of the policy
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
