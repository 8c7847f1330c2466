import { decodeJwt, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, type FederationConfig, startEmulator } from '../../src/index.ts'
import { loginEmail, profilesUrl, samplePolicy } from '../policy.ts'

let emulator: Emulator
let config: FederationConfig
let now = Date.parse('2026-11-22T12:00:00Z')
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => now })
  config = emulator.federation('login')
})
afterAll(() => emulator.stop())

async function subjectToken({ credential_source: source } = config): Promise<string> {
  const response = await fetch(source.url, { headers: source.headers })
  return ((await response.json()) as { value: string }).value
}

async function exchange(changes: Record<string, string | undefined> = {}) {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: config.audience,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: await subjectToken(),
    subject_token_type: config.subject_token_type,
    ...changes,
  }
  const sent = Object.entries(form).filter((field): field is [string, string] => !!field[1])
  const response = await fetch(config.token_url, {
    method: 'POST',
    body: new URLSearchParams(sent),
  })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

/** As Google's Rust crate and `@googleapis/sts` send it. */
async function exchangeJson(body: unknown, type = 'application/json') {
  const headers = { 'content-type': type }
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(config.token_url, { method: 'POST', headers, body: sent })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

async function becomes(email: string, accessToken = ''): Promise<Response> {
  const url = `${emulator.url}/v1/projects/-/serviceAccounts/${email}:generateIdToken`
  const headers = { authorization: `Bearer ${accessToken}` }
  const body = JSON.stringify({ audience: profilesUrl, includeEmail: true })
  return fetch(url, { method: 'POST', headers, body })
}

test('a configuration is as gcloud writes it, points here, and stays the same', () => {
  expect(config).toMatchObject({
    type: 'external_account',
    audience: expect.stringMatching(
      /^\/\/iam\.googleapis\.com\/projects\/123\/locations\/global\/workloadIdentityPools\/emulator-\w+\/providers\/emulator$/,
    ),
    token_url: `${emulator.url}/v1/token`,
    service_account_impersonation_url: `${emulator.url}/v1/projects/-/serviceAccounts/${loginEmail}:generateAccessToken`,
  })
  expect(emulator.federation('login')).toEqual(config)
  expect(emulator.federation('search').audience).not.toBe(config.audience)
})

test('a subject token is exchanged for the federated principal’s access token', async () => {
  const { status, body } = await exchange()
  expect({ status, ...body }).toEqual({
    status: 200,
    access_token: expect.stringMatching(/^ya29\./),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 3599,
  })
  expect(emulator.requests.at(-1)).toMatchObject({
    endpoint: 'sts',
    account: expect.stringMatching(
      /^principal:\/\/iam\.googleapis\.com\/projects\/123\/.+\/subject/,
    ),
  })
})

test('JSON is taken as a form is, in snake and in camel case', async () => {
  const camel = {
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: config.audience,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    subjectToken: await subjectToken(),
    subjectTokenType: config.subject_token_type,
    options: null,
  }
  const snake = {
    grant_type: camel.grantType,
    audience: camel.audience,
    scope: camel.scope,
    requested_token_type: camel.requestedTokenType,
    subject_token: camel.subjectToken,
    subject_token_type: camel.subjectTokenType,
  }
  for (const [body, type] of [
    [camel, 'application/json'],
    [snake, 'application/json; charset=utf-8'],
  ] as const) {
    const answer = await exchangeJson(body, type)
    expect(answer.status).toBe(200)
    expect((await becomes(loginEmail, answer.body.access_token)).status).toBe(200)
  }
})

test.for(['{', 'null', '[]', '{"grantType":7}'])(
  'JSON that says nothing is 400: %s',
  async (body) => {
    expect(await exchangeJson(body)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
  },
)

test('the principal becomes its own service account, and no other', async () => {
  const { body } = await exchange()
  const own = await becomes(loginEmail, body.access_token)
  expect(decodeJwt(((await own.json()) as { token: string }).token)).toMatchObject({
    email: loginEmail,
    aud: profilesUrl,
  })
  const other = await becomes('search-run@acme.iam.gserviceaccount.com', body.access_token)
  expect(other.status).toBe(403)
  expect(await other.json()).toMatchObject({ error: { status: 'PERMISSION_DENIED' } })
})

describe('refused with 400', () => {
  test.for<[string, Record<string, string | undefined>, string]>([
    ['no grant_type', { grant_type: undefined }, 'invalid_request'],
    ['no scope', { scope: undefined }, 'invalid_request'],
    ['no subject_token', { subject_token: undefined }, 'invalid_request'],
    ['another grant', { grant_type: 'refresh_token' }, 'unsupported_grant_type'],
    ['an ID token asked for', { requested_token_type: 'urn:x' }, 'invalid_request'],
    ['a SAML assertion', { subject_token_type: 'urn:x' }, 'invalid_request'],
    ['an unknown pool', { audience: '//iam.googleapis.com/x' }, 'invalid_target'],
    ['a token that is no JWT', { subject_token: 'junk' }, 'invalid_grant'],
  ])('%s', async ([, changes, error]) => {
    const answer = await exchange(changes)
    expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 400, error })
  })

  test('a subject token of another pool', async () => {
    const answer = await exchange({
      subject_token: await subjectToken(emulator.federation('search')),
    })
    expect(answer.body.error).toBe('invalid_grant')
  })

  test('a subject token past its five minutes', async () => {
    const token = await subjectToken()
    now += 300_000
    expect((await exchange({ subject_token: token })).body.error).toBe('invalid_grant')
  })

  test('a JWT that Google signed', async () => {
    const { kid, privateKey } = emulator.signingKey
    const token = await new SignJWT({ aud: config.audience, exp: now / 1000 + 60 })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(privateKey)
    expect((await exchange({ subject_token: token })).body.error).toBe('invalid_grant')
  })
})

test.for([{}, { authorization: 'Bearer guessed' }])(
  'without its secret, no subject token',
  async (headers) => {
    const response = await fetch(config.credential_source.url, { headers })
    expect(response.status).toBe(401)
  },
)
