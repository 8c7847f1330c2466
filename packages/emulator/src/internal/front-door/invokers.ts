import type { Policy } from '@countersign/policy'
import type { Account } from '../accounts.ts'

/**
 * Who has `run.invoker` on a service: whoever calls it in the policy, whatever the rule (paths and
 * methods are the receiver's to check, IAM knows none), and the pushes that deliver to it.
 *
 * @param policy who calls whom
 * @param service the name of the called service
 * @param accounts the policy's accounts, by email
 * @returns unique ids
 */
export function invokersOf(
  policy: Policy,
  service: string,
  accounts: ReadonlyMap<string, Account>,
): ReadonlySet<string> {
  const callers = [...policy.services.values()].filter(({ calls }) => calls.has(service))
  const pushes = [...policy.pushes.values()].filter(({ to }) => to === service)
  const subjects = [...callers, ...pushes].map((member) => {
    return accounts.get(member.serviceAccount)?.subject
  })
  return new Set(subjects.filter((subject) => subject !== undefined))
}
