import type { Refused, Verdict } from '../calls/layers.ts'
import type { SeenToken } from '../calls/seen-tokens.ts'
import type { Grant, MissingGrant, ServiceAccess } from '../events.ts'
import type { Account } from '../google/accounts.ts'
import { emailOf, isMember, memberOf, type Principal, subjectOf } from '../iam/members.ts'
import type { Resources } from '../iam/resources.ts'

/** What decides who gets in to one service. */
export interface ServiceDoor {
  /** Its name in the policy. */
  name: string
  access: ServiceAccess
  /** Its grants and those that it inherits. */
  grants: readonly Grant[]
  /** The policy's accounts, by email. */
  accounts: ReadonlyMap<string, Account>
  /** The command that makes a grant. */
  commandFor(grant: { service: string; member: string; role: string }): string
}

/** A call, as far as IAM looks at it. */
export interface Caller {
  /** The token that counts, if any, verified for the service's audiences. */
  seen: SeenToken | undefined
  /** Whether it comes from a product of Google: a push. */
  isInternal: boolean
}

/** What stands before the container on Cloud Run, in its order: ingress, IAP, the invoker check. */
export function checkCall(caller: Caller, door: ServiceDoor): Verdict {
  const { ingress, iap, invokerCheck } = door.access
  if (ingress !== 'all' && !caller.isInternal) {
    return { admitted: false, refusal: 'ingress_refused' }
  }
  if (iap) return { admitted: false, refusal: 'iap_refused' }
  return invokerCheck ? checkInvoker(caller.seen, door) : { admitted: true }
}

function checkInvoker(seen: SeenToken | undefined, door: ServiceDoor): Verdict {
  if (hasGrant(undefined, door)) return { admitted: true }
  if (!seen) return { admitted: false, refusal: 'token_missing' }
  const { verification, tolerance } = seen
  if (!verification.isValid) {
    const { claim, got, expected } = verification
    return { admitted: false, refusal: 'token_invalid', ...mismatch(claim, got, expected) }
  }
  const { sub: subject = '', email } = verification.claims
  const principal = { subject, ...(typeof email === 'string' && { email }) }
  const account = principal.email ?? subject
  if (hasGrant(principal, door)) return { admitted: true, account, ...(tolerance && { tolerance }) }
  const missing = missingGrant(principal, door)
  return {
    admitted: false,
    refusal: 'not_invoker',
    account,
    ...strange(principal, door),
    ...missing,
  }
}

function hasGrant(
  principal: Principal | undefined,
  { grants, accounts }: Pick<ServiceDoor, 'grants' | 'accounts'>,
): boolean {
  return grants.some(
    ({ invokes, member }) => invokes === 'yes' && isMember(member, principal, accounts),
  )
}

/** Whether everybody gets in. */
export function isOpen(
  access: ServiceAccess,
  door: Pick<ServiceDoor, 'grants' | 'accounts'>,
): boolean {
  const isReached = access.ingress === 'all' && !access.iap
  return isReached && (!access.invokerCheck || hasGrant(undefined, door))
}

/** What doesn't match: the unique id of an account that has the role, or the account. */
function strange(
  { subject, email }: Principal,
  { grants, accounts }: ServiceDoor,
): Pick<Refused, 'claim' | 'got' | 'expected'> {
  const invokers = grants
    .filter(({ invokes }) => invokes === 'yes')
    .map(({ member }) => emailOf(member))
    .filter((one) => one !== undefined)
  if (email !== undefined && invokers.includes(email)) {
    return mismatch('sub', subject, [subjectOf(email, accounts)])
  }
  return mismatch('email', email ?? subject, [...new Set(invokers)])
}

/** A token without an email names nobody whom gcloud could grant something. */
function missingGrant(
  { email }: Principal,
  { name: service, grants, commandFor }: ServiceDoor,
): { missing?: MissingGrant } {
  if (email === undefined) return {}
  const role = 'roles/run.invoker'
  const member = memberOf(email)
  const instead = grants.find((one) => one.invokes !== 'yes' && emailOf(one.member) === email)
  const command = commandFor({ service, member, role })
  return { missing: { role, member, service, command, ...(instead && { instead }) } }
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

/** The gcloud command that grants a role on a service. */
export function grantCommand(
  { service, member, role }: { service: string; member: string; role: string },
  { services }: Pick<Resources, 'services'>,
): string {
  const resource = services.get(service)
  const where = `--project=${resource?.parent.id} --region=${resource?.region}`
  const what = `--member=${quoted(member)} --role=${quoted(role)}`
  return `gcloud run services add-iam-policy-binding ${service} ${where} ${what}`
}

/** The caller chose the email, and people paste the command into a shell. */
function quoted(text: string): string {
  return `'${text.replace(/[^ -~]/g, '?').replaceAll("'", "'\\''")}'`
}
