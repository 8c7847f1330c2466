import { IdTokenError } from '../errors.ts'
import { type Json, parseObject } from './source.ts'

/** An ID token that was checked. */
export interface IdToken {
  /** The token itself. Only for a header. */
  value: string
  /** The header's value, built once, since it is 1 KB and part of each call. */
  bearer: string
  /** When it was issued, by this machine's clock. */
  issuedAtMs: number
  /** When it expires, by this machine's clock. */
  expiresAtMs: number
}

/** Google's tokens have about 1 KB. A receiver refuses longer ones than this unread. */
const maxLength = 8192

/**
 * How far ahead this machine's clock can be. The metadata server returns a token until at most five
 * minutes before it expires, so a clock that is ten minutes ahead sees such a token as expired.
 */
const aheadMs = 900_000
/** For how long a token that only seems expired is used before a new one is requested. */
const seemingMs = 30_000

/** The properties that a token must have. */
export interface ExpectedToken {
  /** The audience that it was requested for. */
  audience: string
  /** The time in milliseconds. */
  now: number
  /** The token that was used until now, which was good once. */
  held?: IdToken | undefined
}

/**
 * Checks the value that an identity source returned before it is sent anywhere: it can be an HTML page,
 * or a token for another audience, which the server that gets it could misuse. The signature is left to
 * the receiver.
 *
 * A good token that comes again although it seems expired is accepted for a while: this machine's clock
 * is more likely wrong than the issuer's, and the receiver checks the token anyway.
 *
 * @throws {@link IdTokenError} `token_rejected`
 */
export function inspectToken(value: unknown, { audience, now, held }: ExpectedToken): IdToken {
  const token = readJws(value, audience)
  const claims = readClaims(token, audience)
  if (claims.aud !== audience) throw rejected(audience, 'is for another audience', check.audience)
  const expires = seconds(claims.exp)
  if (expires === undefined) throw rejected(audience, 'has no expiry', check.source)
  const seemsExpired = expires <= now
  if (seemsExpired && (token !== held?.value || expires <= now - aheadMs)) {
    throw rejected(audience, 'is expired', check.clock)
  }
  const issued = seconds(claims.iat) ?? now
  // A token from the future means that this clock is behind at least so much: without this it would keep the token for too long.
  const behind = Math.max(0, issued - now)
  return {
    value: token,
    bearer: `Bearer ${token}`,
    issuedAtMs: issued - behind,
    expiresAtMs: seemsExpired ? now + seemingMs : expires - behind,
  }
}

const check = {
  source: 'Check the answer of the identity source: it must be a Google-signed ID token.',
  audience: 'Check that the identity source asks for the audience that it gets.',
  clock: "Check this machine's clock and the identity source's.",
}

function readJws(value: unknown, audience: string): string {
  const isJws = typeof value === 'string' && value.length <= maxLength && compactJws.test(value)
  if (!isJws) throw rejected(audience, 'is not a JWT', check.source)
  return value
}

function readClaims(token: string, audience: string): Json {
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'))
  const claims = parseObject(Buffer.from(payload, 'base64url').toString())
  if (!claims) throw rejected(audience, 'has no claims', check.source)
  return claims
}

const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/

function seconds(claim: unknown): number | undefined {
  return typeof claim === 'number' && Number.isFinite(claim) ? claim * 1000 : undefined
}

function rejected(audience: string, why: string, hint: string): IdTokenError {
  return new IdTokenError('token_rejected', `The ID token for ${audience} ${why}`, { hint })
}
