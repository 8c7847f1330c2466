import type { Google } from '../google/google.ts'
import { type IssuerKey, selfSignedCertificate } from '../google/keys.ts'
import { type Handler, json } from '../http/route.ts'

/** `/oauth2/v3/certs`: the key set as JWKS (RFC 7517 section 5). */
export function jwksHandler({ keys }: Google): Handler {
  return () => {
    const reply = json(200, { keys: keys.published().map(({ jwk }) => jwk) })
    return { ...reply, headers: { ...reply.headers, 'cache-control': keyCacheControl } }
  }
}

/**
 * `/oauth2/v1/certs`: the key set as X.509 certificates, by key id. google-auth-library for Node
 * and for Python read this endpoint.
 */
export function certsHandler({ keys, wallClock }: Google): Handler {
  const made = new WeakMap<IssuerKey, Promise<string>>()
  // It is cached for later requests, so it must not use a drill's clock.
  function certificateOf(key: IssuerKey): Promise<string> {
    const certificate = made.get(key) ?? selfSignedCertificate(key, wallClock())
    made.set(key, certificate)
    return certificate
  }
  return async () => {
    const entries = keys.published().map(async (key) => [key.kid, await certificateOf(key)])
    const reply = json(200, Object.fromEntries(await Promise.all(entries)))
    return { ...reply, headers: { ...reply.headers, 'cache-control': keyCacheControl } }
  }
}

/**
 * How long clients can cache the keys. Google allows about six hours. Here it is an hour, since a
 * restarted emulator has other keys.
 */
const keyCacheControl: string = 'public, max-age=3600, must-revalidate, no-transform'

/**
 * `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 4). The issuer is
 * Google's, as in the tokens; the endpoints are the emulator's.
 */
export function discoveryHandler(url: string): Handler {
  return () =>
    json(200, {
      issuer: 'https://accounts.google.com',
      authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/oauth2/v3/certs`,
      response_types_supported: ['code', 'token', 'id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'email', 'profile'],
      claims_supported: ['aud', 'email', 'email_verified', 'exp', 'iat', 'iss', 'sub'],
      grant_types_supported: ['urn:ietf:params:oauth:grant-type:jwt-bearer', 'refresh_token'],
    })
}
