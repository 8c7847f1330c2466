import type { Policy } from '@countersign/policy'
import type { Refused, Verdict } from '../calls/layers.ts'
import type { SeenToken } from '../calls/seen-tokens.ts'
import type { Account } from '../google/accounts.ts'

/** The IAM policy of one service. */
export interface InvokerPolicy {
  /** `allUsers` has `run.invoker`. */
  isPublic: boolean
  /** The emails of the accounts that have `run.invoker`, by their unique ids. */
  invokers: ReadonlyMap<string, string>
}

/**
 * Cloud Run's IAM check.
 *
 * Roles are bound to an account's unique id, not to its email: a deleted account that is re-created
 * with the same email is a stranger
 * (https://cloud.google.com/iam/docs/service-accounts-delete-undelete).
 *
 * @param seen the token that counts, if any, verified for the service's audiences
 */
export function checkInvoker(
  seen: SeenToken | undefined,
  { isPublic, invokers }: InvokerPolicy,
): Verdict {
  if (isPublic) return { admitted: true }
  if (!seen) return { admitted: false, refusal: 'token_missing' }
  const { verification, tolerance } = seen
  if (!verification.isValid) {
    const { claim, got, expected } = verification
    return { admitted: false, refusal: 'token_invalid', ...mismatch(claim, got, expected) }
  }
  const { sub = '', email } = verification.claims
  const account = typeof email === 'string' ? email : sub
  if (invokers.has(sub)) return { admitted: true, account, ...(tolerance && { tolerance }) }
  const subjects = [...invokers].filter(([, invoker]) => invoker === email).map(([id]) => id)
  const wrong =
    subjects.length > 0
      ? mismatch('sub', sub, subjects)
      : mismatch('email', account, [...invokers.values()])
  return { admitted: false, refusal: 'not_invoker', account, ...wrong }
}

function mismatch(
  claim: string | undefined,
  got: unknown,
  expected: readonly string[] | undefined,
): Pick<Refused, 'claim' | 'got' | 'expected'> {
  return {
    ...(claim && { claim }),
    ...(got !== undefined && { got }),
    ...(expected && { expected }),
  }
}

/**
 * The refusal of a `Host` that a web page could make up (DNS rebinding).
 *
 * @param allowed the accepted names, in addition to this machine's
 */
export function hostRefused(got: string | undefined, allowed: ReadonlySet<string>): Refused {
  const expected = ['127.0.0.1', ...allowed]
  return { admitted: false, refusal: 'host_refused', ...mismatch('host', got, expected) }
}

/**
 * The accounts with `run.invoker` on a service: its callers in the policy, whatever their rules
 * (IAM knows no paths and methods; the receiver checks them), and the pushes that deliver to it.
 *
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
