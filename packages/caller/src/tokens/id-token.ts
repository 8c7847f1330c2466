import { IdTokenError } from '../errors.ts'
import { type Json, parseObject } from './source.ts'

/** An ID token that was looked at. */
export interface IdToken {
  /** The token itself: for a header, and for nothing else. */
  value: string
  /** That header's value, made once: it is 1 KB, and goes into each call. */
  bearer: string
  /** When it was issued, by this machine's clock. */
  issuedAtMs: number
  /** When it expires, by this machine's clock. */
  expiresAtMs: number
}

/** Google's are about 1 KB; a receiver refuses more than this before it looks at them. */
const maxLength = 8192

/**
 * How far ahead this machine's clock may be. The metadata server hands out a token until at most five
 * minutes before its end, and a clock ten minutes ahead takes that for expired.
 */
const aheadMs = 900_000
/** For how long what only seems expired is used before it is asked for again. */
const seemingMs = 30_000

/** What a token has to be. */
export interface ExpectedToken {
  /** The audience it was asked for. */
  audience: string
  /** The time in milliseconds. */
  now: number
  /** The token at hand until now: one that was good once. */
  held?: IdToken | undefined
}

/**
 * Looks at what an identity source gave before it is sent anywhere: an HTML page is no token, and a
 * token for another audience is worth something to whoever gets it. The signature is the receiver's
 * to check.
 *
 * A token that was good and is handed out again although it seems expired is taken for a while: more
 * likely this machine's clock is wrong than whoever issues tokens, and the receiver looks anyway.
 *
 * @param value what the identity source gave
 * @param expected what it has to be
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
  // Issued in the future: this clock is at least so much behind, and would keep it for too long.
  const behind = Math.max(0, issued - now)
  return {
    value: token,
    bearer: `Bearer ${token}`,
    issuedAtMs: issued - behind,
    expiresAtMs: seemsExpired ? now + seemingMs : expires - behind,
  }
}

const check = {
  source: 'Check what the identity source answers: it must be a Google-signed ID token.',
  audience: 'Check that the identity source asks for the audience that it is given.',
  clock: "Check this machine's clock and the identity source's.",
}

function readJws(value: unknown, audience: string): string {
  const isJws = typeof value === 'string' && value.length <= maxLength && compactJws.test(value)
  if (!isJws) throw rejected(audience, 'is no JWT', check.source)
  return value
}

function readClaims(token: string, audience: string): Json {
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'))
  const claims = parseObject(Buffer.from(payload, 'base64url').toString())
  if (!claims) throw rejected(audience, 'holds no claims', check.source)
  return claims
}

const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/

function seconds(claim: unknown): number | undefined {
  return typeof claim === 'number' && Number.isFinite(claim) ? claim * 1000 : undefined
}

function rejected(audience: string, why: string, hint: string): IdTokenError {
  return new IdTokenError('token_rejected', `The ID token for ${audience} ${why}`, { hint })
}
