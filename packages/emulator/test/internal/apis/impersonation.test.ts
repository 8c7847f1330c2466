import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../../src/index.ts'
import { profilesUrl, samplePolicy } from '../../policy.ts'
import { getMetadata } from '../../send.ts'

const email = 'user-profiles@acme.iam.gserviceaccount.com'

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

test('generateIdToken: an email only where it is asked for', async () => {
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

test('generateAccessToken: a token that opens IAM Credentials in turn', async () => {
  const { status, body } = await post('generateAccessToken', { body: { scope: ['any'] } })
  expect(status).toBe(200)
  expect(body.expireTime).toBe('2026-11-22T13:00:00Z')
  const token = body.accessToken
  const next = await post('generateIdToken', { body: { audience: profilesUrl }, token })
  expect(next.status).toBe(200)
})

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

test('an access token ends after an hour', async () => {
  now += 3600 * 1000
  const answer = await post('generateIdToken', { body: { audience: profilesUrl } })
  expect(answer.status).toBe(401)
})
