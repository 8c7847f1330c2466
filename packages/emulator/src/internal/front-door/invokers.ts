import type { Policy } from '@countersign/policy'
import type { Account } from '../../google/accounts.ts'

/**
 * Who has `run.invoker` on a service: whoever calls it in the policy, whatever the rule (paths and
 * methods are the receiver's to check, IAM knows none), and the pushes that deliver to it.
 *
 * @param policy who calls whom
 * @param service the name of the called service
 * @param accounts the policy's accounts, by email
 * @returns emails by unique ids
 */
export function invokersOf(
  policy: Policy,
  service: string,
  accounts: ReadonlyMap<string, Account>,
): ReadonlyMap<string, string> {
  const callers = [...policy.services.values()].filter(({ calls }) => calls.has(service))
  const pushes = [...policy.pushes.values()].filter(({ to }) => to === service)
  const members = [...callers, ...pushes].map(({ serviceAccount }) => accounts.get(serviceAccount))
  const known = members.filter((account) => account !== undefined)
  return new Map(known.map(({ subject, email }) => [subject, email]))
}
