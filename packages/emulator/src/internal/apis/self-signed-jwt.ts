import type { Account } from '../../google/accounts.ts'
import type { Google } from '../../google/google.ts'
import { decoded, isSignedBy, isTimely } from './assertion.ts'

/**
 * The account that signed a JWT for itself, with which clients that have its key save the way to the
 * token endpoint. It has a `scope`, or the API's URL as `aud`.
 *
 * https://google.aip.dev/auth/4111
 *
 * @param jwt the bearer token
 * @param google who has which key
 * @param host the `Host` that was asked: the emulator's own counts as IAM Credentials' too
 * @returns undefined for any other token
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

/** The API's root, or what is under it: gRPC's clients add the name of the service. */
function isHere(aud: unknown, host: string | undefined): boolean {
  const { origin } = typeof aud === 'string' && URL.canParse(aud) ? new URL(aud) : { origin: '' }
  return origin === 'https://iamcredentials.googleapis.com' || origin === `http://${host}`
}
