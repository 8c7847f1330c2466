import type { KeyObject } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { Google } from '../google/google.ts'
import { type IssuerKey, selfSignedCertificate } from '../google/keys.ts'
import { type Handler, json, type Reply } from '../http/route.ts'
import { googleError } from './errors.ts'

/** `/oauth2/v3/certs`: the key set as JWKS (RFC 7517 section 5). */
export function jwksHandler({ keys }: Google): Handler {
  return () => cacheable({ keys: keys.published().map(({ jwk }) => jwk) })
}

/**
 * `/oauth2/v1/certs`: the key set as X.509 certificates, by key id. google-auth-library for Node
 * and for Python read this endpoint.
 */
export function certsHandler({ keys, wallClock }: Google): Handler {
  const made = new WeakMap<IssuerKey, Promise<string>>()
  // It is cached for later requests, so it must not use a drill's clock.
  function certificateOf(key: IssuerKey): Promise<string> {
    const name = 'federated-signon.system.gserviceaccount.com'
    const certificate = made.get(key) ?? selfSignedCertificate(key, name, wallClock())
    made.set(key, certificate)
    return certificate
  }
  return async () => {
    const entries = keys.published().map(async (key) => [key.kid, await certificateOf(key)])
    return cacheable(Object.fromEntries(await Promise.all(entries)))
  }
}

/**
 * `/service_accounts/v1/jwk/EMAIL`: the public key of an account, with which others check what it
 * signed itself, with its key file or with `signJwt` and `signBlob`.
 *
 * @see https://cloud.google.com/iam/docs/service-account-creds
 */
export function accountJwksHandler({ accounts, serviceAccountKeys }: Google): Handler {
  return async (_request, { account: email = '' }) => {
    if (!accounts.has(email)) return unknownAccount
    const { keyId: kid, publicKey } = await serviceAccountKeys.signing(email)
    const jwk = publicKey.export({ format: 'jwk' })
    return cacheable({ keys: [{ ...jwk, alg: 'RS256', use: 'sig', kid }] })
  }
}

/** `/service_accounts/v1/metadata/x509/EMAIL`: the same as a certificate. Key files have this URL. */
export function accountCertsHandler({ accounts, serviceAccountKeys, wallClock }: Google): Handler {
  return async (_request, { account: email = '' }) => {
    const account = accounts.get(email)
    if (!account) return unknownAccount
    const { keyId, publicKey, privateKey } = await serviceAccountKeys.signing(email)
    const keys = { publicKey: asCryptoKey(publicKey), privateKey: asCryptoKey(privateKey) }
    return cacheable({ [keyId]: await selfSignedCertificate(keys, account.subject, wallClock()) })
  }
}

function asCryptoKey(key: KeyObject): CryptoKey {
  const usage = key.type === 'private' ? 'sign' : 'verify'
  return key.toCryptoKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, true, [usage])
}

const unknownAccount = googleError('NOT_FOUND', 'The requested URL was not found on this server.')

/**
 * How long clients can cache the keys. Google allows about six hours. Here it is an hour, since a
 * restarted emulator has other keys.
 */
const keyCacheControl: string = 'public, max-age=3600, must-revalidate, no-transform'

function cacheable(value: unknown): Reply {
  const reply = json(200, value)
  return { ...reply, headers: { ...reply.headers, 'cache-control': keyCacheControl } }
}

/**
 * `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 4). The issuer is
 * Google's, as in the tokens; the endpoints are the emulator's.
 */
export function discoveryHandler(url: string): Handler {
  const document = {
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
  }
  return () => json(200, document)
}
