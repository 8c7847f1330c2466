import type { JWTPayload } from 'jose'
import type { SeenToken } from '../../calls/seen-tokens.ts'
import type { KeptCall } from '../../events/replays.ts'
import type { Google } from '../../google/google.ts'

/**
 * The bearer tokens of a call, to send again in the same headers. Those of here are signed anew, with
 * the same claims from now on. Others stay as they came: signed here, a forged one would be genuine.
 *
 * @param call the call
 * @param google who signs
 * @returns names and values, alternating
 */
export async function newTokens({ seen }: KeptCall, google: Google): Promise<string[]> {
  const headers = seen.map(async (token) => [token.header, `Bearer ${await again(token, google)}`])
  return (await Promise.all(headers)).flat()
}

async function again(
  { token, claims, verification }: SeenToken,
  { issuer, now }: Pick<Google, 'issuer' | 'now'>,
): Promise<string> {
  if (!claims || !verification.isIssuedHere) return token
  return issuer.sign(fromNowOn(claims, Math.floor(now() / 1000)))
}

/** As long as before, be it too long. */
function fromNowOn(claims: JWTPayload, now: number): JWTPayload {
  const { iat, exp } = claims
  if (iat === undefined || exp === undefined) return claims
  return { ...claims, iat: now, exp: now + exp - iat }
}
