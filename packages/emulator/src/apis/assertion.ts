import { parsedUrl } from '@countersign/shared/realm/urls'
import { compactVerify, decodeJwt, type JWTPayload } from 'jose'
import type { Account } from '../google/accounts.ts'
import type { Google } from '../google/google.ts'
import { lifetimeSeconds } from '../google/keys.ts'
import type { Reply } from '../http/route.ts'
import { oauthError } from './errors.ts'

/** A JWT that a service account signed with its key. */
export interface Assertion {
  account: Account
  claims: JWTPayload
}

/** A valid assertion, or the answer to an invalid one. */
export type CheckedAssertion = { assertion: Assertion } | { assertion?: undefined; refusal: Reply }

/**
 * Values of `aud` in clients, today's and older ones'. The emulator's own URL is accepted too, by
 * the name with which the client reached it.
 */
const googleTokenUrls: readonly string[] = [
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
  'https://www.googleapis.com/oauth2/v3/token',
  'https://accounts.google.com/o/oauth2/token',
]

const clockToleranceSeconds = 300

/**
 * Checks the assertion of a JWT bearer grant as Google does (RFC 7523 section 3).
 *
 * @param here the URLs of this endpoint
 */
export async function checkAssertion(
  assertion: string,
  google: Google,
  here: readonly string[],
): Promise<CheckedAssertion> {
  const claims = decoded(assertion)
  if (!claims) return refused('Bad Request')
  const account = google.accounts.get(String(claims.iss))
  if (!account) return refused('Invalid grant: account not found')
  const isSigned = await isSignedBy(account, assertion, google)
  if (!isSigned) return refused('Invalid JWT Signature.')
  if (!isTimely(claims, google.now())) return refused(notTimely)
  if (!isAudience(claims.aud, here)) return refused('Invalid JWT: Failed audience check.')
  return { assertion: { account, claims } }
}

const notTimely =
  'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
  'Check your iat and exp values in the JWT claim.'

function refused(description: string): CheckedAssertion {
  return { refusal: oauthError('invalid_grant', description) }
}

/**
 * The claims of a JWT, without a check of its signature.
 *
 * @returns undefined if it is not a JWT
 */
function decoded(assertion: string): JWTPayload | undefined {
  try {
    return decodeJwt(assertion)
  } catch {
    return undefined
  }
}

/**
 * Whether an account's key signed a JWT. Some clients send no `kid`, such as Node's; an account has
 * only one key anyway.
 */
async function isSignedBy(account: Account, assertion: string, google: Google): Promise<boolean> {
  const key = await google.serviceAccountKeys.publicKey(account.email)
  if (!key) return false
  return compactVerify(assertion, key, { algorithms: ['RS256'] }).then(
    () => true,
    () => false,
  )
}

/**
 * Whether a JWT of an account is valid now, and for at most an hour.
 *
 * @param now milliseconds since the epoch
 */
function isTimely({ iat, exp }: JWTPayload, now: number): boolean {
  if (typeof iat !== 'number' || typeof exp !== 'number') return false
  const seconds = now / 1000
  return (
    iat <= seconds + clockToleranceSeconds &&
    exp >= seconds &&
    exp - iat <= lifetimeSeconds + clockToleranceSeconds
  )
}

function isAudience(audience: unknown, here: readonly string[]): boolean {
  return [...googleTokenUrls, ...here].some((one) => one === audience)
}

/**
 * The account of a self-signed JWT. Clients with the account's key use one to skip the token
 * endpoint. It has a `scope`, or the API's URL as `aud`.
 *
 * @see https://google.aip.dev/auth/4111
 * @param host the `Host` of the request: as an `aud`, the emulator's own counts as IAM Credentials
 *   too
 * @returns undefined if it is another token
 */
export async function selfSigned(
  jwt: string,
  google: Google,
  host: string | undefined,
): Promise<Account | undefined> {
  const claims = decoded(jwt)
  if (!claims || claims.iss !== claims.sub || !isTimely(claims, google.now())) return undefined
  const { scope, aud } = claims
  const isScoped = typeof scope === 'string' && scope.trim() !== ''
  if (!isScoped && !isHere(aud, host)) return undefined
  const account = google.accounts.get(String(claims.iss))
  return account && (await isSignedBy(account, jwt, google)) ? account : undefined
}

/** Whether it is the API's root or a path below: gRPC's clients add the name of the service. */
function isHere(aud: unknown, host: string | undefined): boolean {
  const origin = typeof aud === 'string' ? parsedUrl(aud)?.origin : undefined
  return origin === 'https://iamcredentials.googleapis.com' || origin === `http://${host}`
}
