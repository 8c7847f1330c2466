import type { Failure } from '../decision.ts'
import { isServiceAccount } from '../rules/allow-list.ts'
import type { Operation } from '../rules/operation.ts'
import type { Audiences } from '../rules/rules.ts'
import type { JsonObject } from './jws.ts'

/**
 * The two forms in which Google names itself.
 *
 * @see https://developers.google.com/identity/openid-connect/reference
 */
const googleIssuers: readonly unknown[] = ['https://accounts.google.com', 'accounts.google.com']

/** Google's ID tokens live for an hour. A token that lives longer isn't Google's. */
const maxLifetimeSeconds = 3600

/** The time that claims are compared with. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now: number
  toleranceSeconds: number
}

/** The parts of a call that claims are compared with. */
export interface ClaimContext extends Clock {
  /** The audiences of this service and of the entries of its list. */
  audiences: Pick<Audiences, 'answersToAny' | 'expected'>
  operation: Operation
}

/** The claims that every Google ID token has, after their check. */
interface TimedClaims extends JsonObject {
  aud: string
  iat: number
  exp: number
}

/** The claims of a service account's ID token, after their check. */
export interface ServiceAccountClaims extends TimedClaims {
  sub: string
  email: string
}

/**
 * The checks that need no key: they refuse a flood of junk within microseconds. They don't read the
 * allow-list, so a forger learns nothing about it.
 */
export function cheapClaimsFailure(claims: JsonObject, context: ClaimContext): Failure | undefined {
  return issuerFailure(claims) ?? audienceFailure(claims, context) ?? timeFailure(claims, context)
}

function issuerFailure(claims: JsonObject): Failure | undefined {
  if (googleIssuers.includes(claims.iss)) return undefined
  return { code: 'issuer_mismatch', got: claims.iss, expected: googleIssuers.join(' or ') }
}

function audienceFailure(
  { aud }: JsonObject,
  { audiences, operation }: ClaimContext,
): Failure | undefined {
  if (typeof aud === 'string' && audiences.answersToAny(aud, operation)) return undefined
  return { code: 'audience_mismatch', got: aud, expected: audiences.expected }
}

function timeFailure(claims: JsonObject, clock: Clock): Failure | undefined {
  if (!hasTimes(claims)) {
    return {
      code: 'claim_invalid',
      expected: 'finite numbers in exp, iat and, if it is there, nbf',
    }
  }
  return (
    expiryFailure(claims.exp, clock) ??
    notBeforeFailure(claims, clock) ??
    lifetimeFailure(claims, clock)
  )
}

function hasTimes(claims: JsonObject): claims is TimedClaims {
  const { exp, iat, nbf } = claims
  return Number.isFinite(exp) && Number.isFinite(iat) && (nbf === undefined || Number.isFinite(nbf))
}

/** RFC 7519 section 4.1.4. Checked again for a token from the cache. */
export function expiryFailure(exp: number, { now, toleranceSeconds }: Clock): Failure | undefined {
  const latest = exp + toleranceSeconds
  if (now / 1000 < latest) return undefined
  return { code: 'token_expired', got: exp, expected: `exp after ${Math.floor(now / 1000)}` }
}

function notBeforeFailure(claims: TimedClaims, clock: Clock): Failure | undefined {
  const earliest = Math.max(claims.iat, (claims.nbf as number | undefined) ?? claims.iat)
  const seconds = Math.floor(clock.now / 1000)
  if (earliest <= seconds + clock.toleranceSeconds) return undefined
  const expected = `iat and nbf up to ${seconds}`
  return { code: 'token_not_yet_valid', got: earliest, expected }
}

function lifetimeFailure({ exp, iat }: TimedClaims, clock: Clock): Failure | undefined {
  if (exp - iat <= maxLifetimeSeconds + clock.toleranceSeconds) return undefined
  return { code: 'lifetime_too_long', got: exp - iat, expected: `${maxLifetimeSeconds} seconds` }
}

/** Checks who called. Called only after the signature was found valid. */
export function identityFailure(claims: JsonObject): Failure | undefined {
  const { sub, email, email_verified: verified } = claims
  if (!isText(sub)) return { code: 'claim_invalid', got: sub, expected: 'a text in sub' }
  if (email === undefined) return { code: 'email_missing', expected: 'an email claim' }
  if (!isText(email)) return { code: 'claim_invalid', got: email, expected: 'a text in email' }
  if (verified !== true) {
    return { code: 'email_unverified', got: verified, expected: 'email_verified true' }
  }
  if (isServiceAccount(email)) return undefined
  return { code: 'not_a_service_account', got: email, expected: 'an email of a service account' }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
