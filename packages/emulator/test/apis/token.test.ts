import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, type ServiceAccountKey, startEmulator } from '../../src/index.ts'
import { loginEmail, profilesUrl, samplePolicy } from '../policy.ts'
import { send } from '../send.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const formType = { 'content-type': 'application/x-www-form-urlencoded' }
const now = Date.parse('2026-11-22T12:00:00Z')
const seconds = now / 1000

type Claims = Record<string, unknown>

let emulator: Emulator
let file: ServiceAccountKey
let key: KeyObject
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => now })
  file = await emulator.serviceAccountKey('login')
  key = createPrivateKey(file.private_key)
})
afterAll(() => emulator.stop())

function assertion(claims: Claims = {}, signer: KeyObject = key): Promise<string> {
  return new SignJWT({
    iss: loginEmail,
    aud: 'https://oauth2.googleapis.com/token',
    iat: seconds,
    exp: seconds + 3600,
    target_audience: profilesUrl,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(signer)
}

async function post(form: Record<string, string>) {
  const body = new URLSearchParams(form)
  const response = await fetch(file.token_uri, { method: 'POST', body })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

async function grant(claims?: Claims, signer?: KeyObject) {
  return post({ grant_type: grantType, assertion: await assertion(claims, signer) })
}

test('a key file has what Google writes into it, and points here', () => {
  expect(file).toEqual({
    type: 'service_account',
    project_id: 'acme',
    private_key_id: expect.stringMatching(/^[0-9a-f]{40}$/),
    private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
    client_email: loginEmail,
    client_id: '107517467455664443765',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: `${emulator.url}/token`,
    auth_provider_x509_cert_url: `${emulator.url}/oauth2/v1/certs`,
    client_x509_cert_url: expect.stringContaining('/robot/v1/metadata/x509/login-run%40'),
    universe_domain: 'googleapis.com',
  })
})

test('asked for again, the key is the same; another account has another', async () => {
  expect(await emulator.serviceAccountKey('login')).toEqual(file)
  const other = await emulator.serviceAccountKey('search')
  expect(other.private_key).not.toBe(file.private_key)
})

test.for(['grant_type', 'grantType'])('JSON is taken as a form is: %s', async (name) => {
  const response = await fetch(file.token_uri, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ [name]: grantType, assertion: await assertion() }),
  })
  expect(response.status).toBe(200)
  expect(decodeJwt(((await response.json()) as { id_token: string }).id_token).aud).toBe(
    profilesUrl,
  )
})

test('an assertion with target_audience gets an ID token of its account', async () => {
  const { status, body } = await grant()
  expect(status).toBe(200)
  expect(Object.keys(body)).toEqual(['id_token'])
  expect(decodeJwt(body.id_token ?? '')).toMatchObject({ email: loginEmail, aud: profilesUrl })
  expect(emulator.requests.at(-1)).toMatchObject({
    endpoint: 'token',
    account: loginEmail,
    audience: profilesUrl,
    status: 200,
  })
})

test('an assertion with scope gets an access token', async () => {
  const { body } = await grant({ target_audience: undefined, scope: 'https://example/scope' })
  expect(body).toEqual({
    access_token: expect.stringMatching(/^ya29\./),
    expires_in: 3599,
    token_type: 'Bearer',
  })
})

test.for([
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
  'https://www.googleapis.com/oauth2/v3/token',
  'https://accounts.google.com/o/oauth2/token',
  'own',
])('aud may be %s', async (aud) => {
  expect((await grant({ aud: aud === 'own' ? file.token_uri : aud })).status).toBe(200)
})

test.for(['/oauth2/v4/token', '/oauth2/v3/token', '/o/oauth2/token'])(
  'the older path %s answers too, and is an audience',
  async (path) => {
    const url = emulator.url + path
    for (const aud of ['https://oauth2.googleapis.com/token', url]) {
      const body = new URLSearchParams({
        grant_type: grantType,
        assertion: await assertion({ aud }),
      })
      expect((await fetch(url, { method: 'POST', body })).status).toBe(200)
    }
  },
)

test('aud may have the name by which the client reaches the emulator', async () => {
  const url = file.token_uri.replace('127.0.0.1', 'localhost')
  const other = file.token_uri.replace('127.0.0.1', 'elsewhere.localhost')
  const statuses = [url, other].map(async (aud) => {
    const form = { grant_type: grantType, assertion: await assertion({ aud }) }
    return (
      await send(file.token_uri, {
        method: 'POST',
        headers: { host: new URL(url).host, ...formType },
        body: String(new URLSearchParams(form)),
      })
    ).status
  })
  expect(await Promise.all(statuses)).toEqual([200, 400])
})

describe('refused with 400 invalid_grant', () => {
  const timing = /^Invalid JWT: Token must be a short-lived token \(60 minutes\)/

  test.for<[string, Claims, RegExp]>([
    [
      'an account nobody knows',
      { iss: 'account-x@y.iam.gserviceaccount.com' },
      /account not found$/,
    ],
    ['no issuer', { iss: undefined }, /account not found$/],
    [
      'an account without a key',
      { iss: 'cron-run@acme-jobs.iam.gserviceaccount.com' },
      /Signature/,
    ],
    ['another audience', { aud: 'https://evil.example/token' }, /Failed audience check/],
    ['an array of audiences', { aud: ['https://oauth2.googleapis.com/token'] }, /audience check/],
    ['expired', { iat: seconds - 3700, exp: seconds - 100 }, timing],
    ['issued in the future', { iat: seconds + 400, exp: seconds + 3600 }, timing],
    ['longer than an hour', { exp: seconds + 4000 }, timing],
    ['no exp', { exp: undefined }, timing],
    ['exp as text', { exp: String(seconds + 60) }, timing],
  ])('%s', async ([, claims, description]) => {
    const { status, body } = await grant(claims)
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_grant' })
    expect(body.error_description).toMatch(description)
  })

  test('signed with another key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { status, body } = await grant({}, privateKey)
    expect({ status, ...body }).toEqual({
      status: 400,
      error: 'invalid_grant',
      error_description: 'Invalid JWT Signature.',
    })
  })

  test('signed with another account’s key', async () => {
    const other = await emulator.serviceAccountKey('search')
    const { body } = await grant({}, createPrivateKey(other.private_key))
    expect(body.error_description).toBe('Invalid JWT Signature.')
  })

  test('alg none', async () => {
    const [, payload] = (await assertion()).split('.')
    const header = Buffer.from('{"alg":"none"}').toString('base64url')
    const { body } = await post({ grant_type: grantType, assertion: `${header}.${payload}.` })
    expect(body.error_description).toBe('Invalid JWT Signature.')
  })

  test('no JWT', async () => {
    const { body } = await post({ grant_type: grantType, assertion: 'junk' })
    expect(body).toEqual({ error: 'invalid_grant', error_description: 'Bad Request' })
  })
})

test('a clock within five minutes is fine', async () => {
  expect((await grant({ iat: seconds + 299, exp: seconds + 3600 })).status).toBe(200)
})

test('other errors have Google’s codes', async () => {
  const valid = await assertion()
  expect((await post({ assertion: valid })).body.error).toBe('invalid_request')
  expect((await post({ grant_type: grantType })).body.error).toBe('invalid_request')
  expect((await post({ grant_type: 'password' })).body.error).toBe('unsupported_grant_type')
  expect((await grant({ target_audience: undefined })).body.error).toBe('invalid_scope')
})

test('no answer but a granted token holds any part of an assertion', async () => {
  const sent = await assertion({ iss: 'account-x@y.iam.gserviceaccount.com' })
  const { body } = await post({ grant_type: grantType, assertion: sent })
  for (const part of sent.split('.')) expect(JSON.stringify(body)).not.toContain(part)
})
