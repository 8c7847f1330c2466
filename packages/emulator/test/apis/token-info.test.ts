import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { loginEmail, profilesUrl, samplePolicy } from '../policy.ts'
import { getMetadata } from '../send.ts'

let emulator: Emulator
let now = Date.parse('2026-11-22T12:00:00Z')
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => now })
})
afterAll(() => emulator.stop())

async function ask(path: string, init: RequestInit = {}) {
  const answer = await fetch(emulator.url + path, init)
  return { status: answer.status, body: (await answer.json()) as Record<string, string> }
}

async function accessToken(): Promise<string> {
  const path = '/computeMetadata/v1/instance/service-accounts/default/token'
  const { body } = await getMetadata(emulator.env('login').GCE_METADATA_HOST, path)
  return JSON.parse(body).access_token
}

const invalid = {
  status: 400,
  body: { error: 'invalid_token', error_description: 'Invalid Value' },
}

test.for(['/tokeninfo', '/oauth2/v3/tokeninfo', '/oauth2/v1/tokeninfo'])(
  '%s has the claims of an ID token, as texts',
  async (path) => {
    const token = await emulator.idToken('login', profilesUrl)
    const { status, body } = await ask(`${path}?id_token=${token}`)
    expect(status).toBe(200)
    const { kid } = decodeProtectedHeader(token)
    expect(body).toMatchObject({ aud: profilesUrl, email: loginEmail, email_verified: 'true' })
    expect(body).toMatchObject({ exp: String(now / 1000 + 3600), alg: 'RS256', kid, typ: 'JWT' })
  },
)

test('an access token, in each place where clients put it', async () => {
  const token = await accessToken()
  const inForm = { method: 'POST', body: new URLSearchParams({ access_token: token }) }
  const inHeader = { method: 'POST', headers: { authorization: `Bearer ${token}` } }
  const answers = [
    await ask(`/tokeninfo?access_token=${token}`),
    await ask('/tokeninfo', inForm),
    await ask('/tokeninfo', inHeader),
  ]
  for (const { status, body } of answers) {
    expect(status).toBe(200)
    expect(body).toMatchObject({ email: loginEmail, azp: body.sub, access_type: 'online' })
    expect(body.scope?.split(' ')).toContain('https://www.googleapis.com/auth/cloud-platform')
    expect(Number(body.exp) - now / 1000).toBe(Number(body.expires_in))
  }
})

test('a person’s access token is for the client', async () => {
  const { token_uri: url, type, ...person } = emulator.userCredentials('ada@acme.example')
  const body = new URLSearchParams({ ...person, grant_type: 'refresh_token' })
  const answer = await fetch(url, { method: 'POST', body })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const info = await ask(`/tokeninfo?access_token=${token}`)
  expect(type).toBe('authorized_user')
  expect(info.body).toMatchObject({ email: 'ada@acme.example', aud: person.client_id })
})

test('tokens that are not valid', async () => {
  const token = await emulator.idToken('login', profilesUrl)
  expect(await ask(`/tokeninfo?id_token=${token.slice(0, -8)}AAAAAAAA`)).toEqual(invalid)
  expect(await ask('/tokeninfo?id_token=a.b.c')).toEqual(invalid)
  expect(await ask('/tokeninfo?access_token=ya29.no')).toEqual(invalid)
  const access = await accessToken()
  now += 3600 * 1000
  expect(await ask(`/tokeninfo?id_token=${token}`)).toEqual(invalid)
  expect(await ask(`/tokeninfo?access_token=${access}`)).toEqual(invalid)
  now -= 3600 * 1000
})

test('a federated principal’s access token has no information', async () => {
  const { audience, credential_source: source, token_url } = emulator.federation('login')
  const subject = await fetch(source.url, { headers: source.headers })
  const { value } = (await subject.json()) as { value: string }
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: value,
    audience,
    scope: 'any',
  })
  const answer = await fetch(token_url, { method: 'POST', body })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  expect(await ask(`/tokeninfo?access_token=${token}`)).toEqual(invalid)
})

test('no token at all', async () => {
  expect((await ask('/tokeninfo')).body).toMatchObject({ error: 'invalid_request' })
})
