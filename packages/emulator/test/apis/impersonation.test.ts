import { createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { loginEmail, profilesUrl, samplePolicy } from '../policy.ts'
import { getMetadata } from '../send.ts'

const email = 'user-profiles-run@acme.iam.gserviceaccount.com'

let emulator: Emulator
let now = Date.parse('2026-11-22T12:00:00Z')
let accessToken: string
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => now })
  const path = '/computeMetadata/v1/instance/service-accounts/default/token'
  const { body } = await getMetadata(emulator.env('login').GCE_METADATA_HOST, path)
  accessToken = JSON.parse(body).access_token
})
afterAll(() => emulator.stop())

interface Answer {
  token: string
  accessToken: string
  expireTime: string
  keyId: string
  signedBlob: string
  signedJwt: string
  error: unknown
}

interface Sent {
  body?: unknown
  account?: string
  token?: string
}

async function post(method: string, { body, account = email, token = accessToken }: Sent) {
  const url = `${emulator.url}/v1/projects/-/serviceAccounts/${account}:${method}`
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Answer }
}

test('generateIdToken: an email only if it is requested', async () => {
  const plain = await post('generateIdToken', { body: { audience: profilesUrl } })
  expect(plain.status).toBe(200)
  expect(decodeJwt(plain.body.token)).toMatchObject({ aud: profilesUrl })
  expect(decodeJwt(plain.body.token)).not.toHaveProperty('email')
  const body = { audience: profilesUrl, includeEmail: true, useEmailAzp: true }
  const named = await post('generateIdToken', { body })
  expect(decodeJwt(named.body.token)).toMatchObject({ email, email_verified: true, azp: email })
  expect(emulator.requests.at(-1)).toMatchObject({
    endpoint: 'generate-id-token',
    account: email,
    audience: profilesUrl,
  })
})

test('an account goes by its unique id too', async () => {
  const { sub } = decodeJwt(await emulator.idToken('user-profiles', profilesUrl))
  const body = { audience: profilesUrl, includeEmail: true }
  const { token } = (await post('generateIdToken', { account: sub ?? '', body })).body
  expect(decodeJwt(token)).toMatchObject({ sub, email })
  const access = await post('generateAccessToken', { account: sub ?? '', body: { scope: ['any'] } })
  expect(access.status).toBe(200)
})

test('names in snake case, as the definitions of the API write them', async () => {
  const body = { audience: profilesUrl, include_email: true, use_email_azp: true }
  const { token } = (await post('generateIdToken', { body })).body
  expect(decodeJwt(token)).toMatchObject({ email, azp: email })
})

test('organizationNumberIncluded adds the number of the organization', async () => {
  const body = { audience: profilesUrl, organizationNumberIncluded: true }
  const { token } = (await post('generateIdToken', { body })).body
  expect(decodeJwt(token)).toMatchObject({ google: { organization_number: 100000000001 } })
})

test('a body that is compressed with gzip, as Google’s clients for Java send it', async () => {
  const url = `${emulator.url}/v1/projects/-/serviceAccounts/${email}:generateIdToken?alt=json`
  const headers = {
    authorization: `Bearer ${accessToken}`,
    'content-type': 'application/json; charset=UTF-8',
    'content-encoding': 'gzip',
  }
  const body = new Uint8Array(gzipSync(JSON.stringify({ audience: profilesUrl })))
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200)
})

test('lifetime: how long an access token is valid', async () => {
  const body = { scope: ['any'], lifetime: '300s' }
  const { accessToken: token, expireTime } = (await post('generateAccessToken', { body })).body
  expect(expireTime).toBe('2026-11-22T12:05:00Z')
  const next = { token, body: { audience: profilesUrl } }
  expect((await post('generateIdToken', next)).status).toBe(200)
  now += 300_000
  expect((await post('generateIdToken', next)).status).toBe(401)
  now -= 300_000
})

test('delegates by email and by unique id', async () => {
  const delegates = [`projects/-/serviceAccounts/${loginEmail}`, 'projects/-/serviceAccounts/1075']
  const answer = await post('generateIdToken', { body: { audience: profilesUrl, delegates } })
  expect(answer.status).toBe(200)
})

test('generateAccessToken: a token that opens IAM Credentials in turn', async () => {
  const { status, body } = await post('generateAccessToken', { body: { scope: ['any'] } })
  expect(status).toBe(200)
  expect(body.expireTime).toBe('2026-11-22T13:00:00Z')
  const token = body.accessToken
  const next = await post('generateIdToken', { body: { audience: profilesUrl }, token })
  expect(next.status).toBe(200)
})

function lasting(lifetime: unknown): Sent {
  return { body: { scope: ['any'], lifetime } }
}

function through(delegates: unknown): Sent {
  return { body: { payload: 'e30=', delegates } }
}

test.for<[string, string, Sent, number, string]>([
  ['no audience', 'generateIdToken', { body: {} }, 400, 'INVALID_ARGUMENT'],
  [
    'an audience of another type',
    'generateIdToken',
    { body: { audience: [1] } },
    400,
    'INVALID_ARGUMENT',
  ],
  ['no scope', 'generateAccessToken', { body: {} }, 400, 'INVALID_ARGUMENT'],
  ['two hours', 'generateAccessToken', lasting('7200s'), 400, 'INVALID_ARGUMENT'],
  ['no time at all', 'generateAccessToken', lasting('0s'), 400, 'INVALID_ARGUMENT'],
  ['seconds without an s', 'generateAccessToken', lasting('300'), 400, 'INVALID_ARGUMENT'],
  ['a number of seconds', 'generateAccessToken', lasting(300), 400, 'INVALID_ARGUMENT'],
  ['a delegate’s email', 'signJwt', through([loginEmail]), 400, 'INVALID_ARGUMENT'],
  [
    'a delegate of a project',
    'signBlob',
    through([`projects/acme/serviceAccounts/${loginEmail}`]),
    400,
    'INVALID_ARGUMENT',
  ],
  ['delegates that are no list', 'signBlob', through(loginEmail), 400, 'INVALID_ARGUMENT'],
  ['no JSON', 'generateIdToken', { body: '{' }, 400, 'INVALID_ARGUMENT'],
  ['null', 'generateIdToken', { body: 'null' }, 400, 'INVALID_ARGUMENT'],
  ['a list', 'generateIdToken', { body: '[]' }, 400, 'INVALID_ARGUMENT'],
  ['an unknown account', 'generateIdToken', { account: 'x@y', body: {} }, 404, 'NOT_FOUND'],
  [
    'an unknown access token',
    'generateIdToken',
    { token: 'ya29.no', body: {} },
    401,
    'UNAUTHENTICATED',
  ],
])('%s', async ([, method, sent, status, name]) => {
  const answer = await post(method, sent)
  expect(answer.status).toBe(status)
  expect(answer.body.error).toMatchObject({ code: status, status: name })
})

test('an ID token is no access token', async () => {
  const token = await emulator.idToken('login', profilesUrl)
  const answer = await post('generateIdToken', { token, body: { audience: profilesUrl } })
  expect(answer.status).toBe(401)
})

describe('signed with the account’s key', () => {
  async function accountKey() {
    const file = await emulator.serviceAccountKey('user-profiles')
    return { keyId: file.private_key_id, key: createPublicKey(file.private_key) }
  }

  test('signBlob signs bytes', async () => {
    const data = Buffer.from('GET\n\n\n1\n/bucket/cat.png')
    const { status, body } = await post('signBlob', { body: { payload: data.toString('base64') } })
    const { key, keyId } = await accountKey()
    expect([status, body.keyId]).toEqual([200, keyId])
    expect(verify('sha256', data, key, Buffer.from(body.signedBlob, 'base64'))).toBe(true)
  })

  test('signJwt signs claims, and adds an exp if they have none', async () => {
    const payload = JSON.stringify({ iss: email, sub: 'ada@acme.example' })
    const { body } = await post('signJwt', { body: { payload } })
    const { key, keyId } = await accountKey()
    const verified = await jwtVerify(body.signedJwt, key, { currentDate: new Date(now) })
    expect(verified.payload).toEqual({
      iss: email,
      sub: 'ada@acme.example',
      exp: now / 1000 + 3600,
    })
    expect([body.keyId, decodeProtectedHeader(body.signedJwt).kid]).toEqual([keyId, keyId])
  })

  test.for<[string, unknown]>([
    ['signBlob', undefined],
    ['signBlob', 'not base64!'],
    ['signJwt', { iss: email }],
    ['signJwt', 'no JSON'],
    ['signJwt', JSON.stringify({ exp: 1 })],
    ['signJwt', JSON.stringify({ exp: Date.parse('2026-11-23T12:00:00Z') / 1000 })],
  ])('%s refuses %j', async ([method, payload]) => {
    const answer = await post(method, { body: { payload } })
    expect(answer).toMatchObject({ status: 400, body: { error: { status: 'INVALID_ARGUMENT' } } })
  })

  test.for(['signBlob', 'signJwt'])('%s wants an access token', async (method) => {
    const answer = await post(method, { token: 'ya29.no', body: { payload: '{}' } })
    expect(answer.status).toBe(401)
  })
})

describe('a JWT that an account signed for itself', () => {
  const scope = 'https://www.googleapis.com/auth/cloud-platform'
  const api = 'https://iamcredentials.googleapis.com/'

  async function selfSigned(changes: Record<string, unknown> = {}, signer = 'login') {
    const { private_key: key, private_key_id: kid } = await emulator.serviceAccountKey(signer)
    const iat = now / 1000
    const claims = { iss: loginEmail, sub: loginEmail, iat, exp: iat + 3600, ...changes }
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
    return jwt.sign(createPrivateKey(key))
  }

  test.for<[string, Record<string, unknown>]>([
    ['for the API', { aud: api }],
    ['for the API, as gRPC names it', { aud: `${api}google.iam.credentials.v1.IAMCredentials` }],
    ['with a scope', { scope }],
    ['with both', { aud: api, scope }],
  ])('%s opens IAM Credentials', async ([, claims]) => {
    const token = await selfSigned(claims)
    const answer = await post('generateIdToken', { token, body: { audience: profilesUrl } })
    expect(answer.status).toBe(200)
    expect((await post('generateAccessToken', { token, body: { scope: [scope] } })).status).toBe(
      200,
    )
  })

  test('for the emulator’s own URL, which clients make it of', async () => {
    await emulator.serviceAccountKey('login')
    const token = await selfSigned({ aud: `${emulator.url}/` })
    const answer = await post('generateIdToken', { token, body: { audience: profilesUrl } })
    expect(answer.status).toBe(200)
  })

  test.for<[string, Record<string, unknown>, string?]>([
    ['without aud and scope', {}],
    ['with an empty scope', { scope: ' ' }],
    ['for another API', { aud: 'https://pubsub.googleapis.com/' }],
    ['for the token endpoint', { aud: 'https://oauth2.googleapis.com/token' }],
    ['of another subject', { aud: api, sub: email }],
    ['without a subject', { aud: api, sub: undefined }],
    ['expired', { aud: api, iat: 1, exp: 3600 }],
    ['of two hours', { aud: api, exp: Date.parse('2026-11-22T14:00:00Z') / 1000 }],
    ['of no account', { aud: api, iss: 'x@y.example', sub: 'x@y.example' }],
    ['with another account’s key', { aud: api }, 'search'],
  ])('%s is 401', async ([, claims, signer]) => {
    await emulator.serviceAccountKey('login')
    const token = await selfSigned(claims, signer)
    const answer = await post('generateIdToken', { token, body: { audience: profilesUrl } })
    expect(answer).toMatchObject({ status: 401, body: { error: { status: 'UNAUTHENTICATED' } } })
  })
})

test('an access token ends after an hour', async () => {
  now += 3600 * 1000
  const answer = await post('generateIdToken', { body: { audience: profilesUrl } })
  expect(answer.status).toBe(401)
})
