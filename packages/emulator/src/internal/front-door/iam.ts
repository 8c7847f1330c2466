import type { IncomingHttpHeaders } from 'node:http'
import type { FrontDoorRefusal } from '../../emulator.ts'
import type { Issuer } from '../issuer/issuer.ts'

/** What IAM says to a call. */
export type Verdict =
  | { readonly admitted: true; readonly account?: string }
  | { readonly admitted: false; readonly refusal: FrontDoorRefusal; readonly account?: string }

/** What IAM knows of one service. */
export interface InvokerPolicy {
  readonly issuer: Issuer
  /** `allUsers` has `run.invoker`. */
  readonly isPublic: boolean
  /** Every `aud` the service answers to. The front door's own URL isn't one. */
  readonly audiences: readonly string[]
  /** Unique ids of the accounts that have `run.invoker`. */
  readonly invokers: ReadonlySet<string>
}

/**
 * Cloud Run's IAM check.
 *
 * Roles are bound to an account's unique id, not to its email: somebody who re-creates a deleted
 * account's email is a stranger (https://cloud.google.com/iam/docs/service-accounts-delete-undelete).
 *
 * @param headers the call's
 * @param policy what is known of the service
 */
export async function checkInvoker(
  headers: IncomingHttpHeaders,
  { issuer, isPublic, audiences, invokers }: InvokerPolicy,
): Promise<Verdict> {
  if (isPublic) return { admitted: true }
  const token = bearerToken(headers)
  if (token === undefined) return { admitted: false, refusal: 'token_missing' }
  const claims = await issuer.verify(token, audiences)
  if (!claims) return { admitted: false, refusal: 'token_invalid' }
  const { sub = '', email } = claims
  const account = typeof email === 'string' ? email : sub
  if (!invokers.has(sub)) return { admitted: false, refusal: 'not_invoker', account }
  return { admitted: true, account }
}

/** Where both headers are there, Google looks at `X-Serverless-Authorization` alone. */
function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  const value = headers['x-serverless-authorization'] ?? headers.authorization
  const isBearer = typeof value === 'string' && value.slice(0, 7).toLowerCase() === 'bearer '
  return isBearer ? value.slice(7).trim() : undefined
}
