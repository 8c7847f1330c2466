import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import type { DrillableEndpoint, Emulator } from '../../src/index.ts'
import { loginEmail, profilesUrl } from '../policy.ts'

/** How to ask an endpoint so that it answers 200 where nothing is wrong. */
export type Ask = (emulator: Emulator, signal?: AbortSignal) => Promise<Response>

const accounts = '/computeMetadata/v1/instance/service-accounts/default'

const get =
  (path: string): Ask =>
  (emulator, signal) =>
    fetch(emulator.url + path, { ...(signal && { signal }) })

const metadata =
  (path: string): Ask =>
  (emulator, signal) =>
    fetch(`http://${emulator.env('login').GCE_METADATA_HOST}${path}`, {
      headers: { 'metadata-flavor': 'Google' },
      ...(signal && { signal }),
    })

/** Google's IAM Credentials, with a new access token. */
const impersonate =
  (method: string, body: unknown): Ask =>
  async (emulator, signal) => {
    const exchanged = await sts(emulator)
    const { access_token: token } = (await exchanged.json()) as { access_token: string }
    return fetch(`${emulator.url}/v1/projects/-/serviceAccounts/${loginEmail}:${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    })
  }

const sts: Ask = async (emulator, signal) => {
  const config = emulator.federation('login')
  const { url, headers } = config.credential_source
  const { value } = (await (await fetch(url, { headers })).json()) as { value: string }
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: config.audience,
    scope: 'any',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: value,
    subject_token_type: config.subject_token_type,
  })
  return fetch(config.token_url, { method: 'POST', body, ...(signal && { signal }) })
}

const token: Ask = async (emulator, signal) => {
  const key = await emulator.serviceAccountKey('login')
  const assertion = await new SignJWT({ iss: loginEmail, target_audience: profilesUrl })
    .setProtectedHeader({ alg: 'RS256' })
    .setAudience(key.token_uri)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(createPrivateKey(key.private_key))
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }
  const body = new URLSearchParams(grant)
  return fetch(key.token_uri, { method: 'POST', body, ...(signal && { signal }) })
}

const frontDoor: Ask = async (emulator, signal) => {
  const authorization = `Bearer ${await emulator.idToken('login', profilesUrl)}`
  const url = `${emulator.frontDoor('user-profiles')}/profiles/7`
  return fetch(url, { headers: { authorization }, ...(signal && { signal }) })
}

/** Each endpoint that a drill can be at. */
export const endpoints: Readonly<Record<DrillableEndpoint, Ask>> = {
  identity: metadata(`${accounts}/identity?audience=${profilesUrl}`),
  'access-token': metadata(`${accounts}/token`),
  metadata: metadata('/computeMetadata/v1/project/project-id'),
  jwks: get('/oauth2/v3/certs'),
  certs: get('/oauth2/v1/certs'),
  discovery: get('/.well-known/openid-configuration'),
  token,
  'token-info': async (emulator, signal) => {
    const idToken = await emulator.idToken('login', profilesUrl)
    return get(`/tokeninfo?id_token=${idToken}`)(emulator, signal)
  },
  sts,
  'generate-id-token': impersonate('generateIdToken', { audience: profilesUrl }),
  'generate-access-token': impersonate('generateAccessToken', { scope: ['any'] }),
  'sign-blob': impersonate('signBlob', { payload: 'AAAA' }),
  'sign-jwt': impersonate('signJwt', { payload: '{}' }),
  'allow-policy': get(
    '/v1/projects/acme/locations/us-central1/services/user-profiles:getIamPolicy',
  ),
  'run-service': get('/v1/projects/acme/locations/us-central1/services/user-profiles'),
  'front-door': frontDoor,
}

/** The same, one by one. */
export const each = Object.entries(endpoints) as [DrillableEndpoint, Ask][]

/** The ID token in an answer, whichever endpoint's. */
export async function idTokenIn(response: Response): Promise<string> {
  const text = await response.text()
  if (!text.startsWith('{')) return text
  const { id_token: idToken, token: generated } = JSON.parse(text) as Record<string, string>
  return idToken ?? generated ?? ''
}
