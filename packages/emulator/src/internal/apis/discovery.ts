import { type Handler, json } from '../../http/route.ts'

/**
 * `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 4). The issuer is
 * Google's, since that is what stands in the tokens; the endpoints are here.
 *
 * @param url base URL of the emulator
 */
export function discoveryHandler(url: () => string): Handler {
  return () =>
    json(200, {
      issuer: 'https://accounts.google.com',
      authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      token_endpoint: `${url()}/token`,
      jwks_uri: `${url()}/oauth2/v3/certs`,
      response_types_supported: ['code', 'token', 'id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'email', 'profile'],
      claims_supported: ['aud', 'email', 'email_verified', 'exp', 'iat', 'iss', 'sub'],
      grant_types_supported: ['urn:ietf:params:oauth:grant-type:jwt-bearer', 'refresh_token'],
    })
}
