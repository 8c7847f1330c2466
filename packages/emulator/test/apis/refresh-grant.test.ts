import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator, type UserCredentials } from '../../src/index.ts'
import { profilesUrl, samplePolicy } from '../policy.ts'

let emulator: Emulator
let file: UserCredentials
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  file = emulator.userCredentials('ada@acme.example')
})
afterAll(() => emulator.stop())

async function refresh(changes: Record<string, string | undefined> = {}) {
  const { client_id, client_secret, refresh_token } = file
  const form = { grant_type: 'refresh_token', client_id, client_secret, refresh_token, ...changes }
  const sent = Object.entries(form).filter((field): field is [string, string] => !!field[1])
  const body = new URLSearchParams(sent)
  const response = await fetch(file.token_uri, { method: 'POST', body })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

test('a file is as gcloud writes it, and the same for the same person', () => {
  expect(file).toEqual({
    type: 'authorized_user',
    client_id: expect.stringMatching(/\.apps\.googleusercontent\.com$/),
    client_secret: expect.any(String),
    refresh_token: expect.stringMatching(/^1\/\//),
    token_uri: `${emulator.url}/token`,
    universe_domain: 'googleapis.com',
  })
  expect(emulator.userCredentials('ada@acme.example')).toEqual(file)
  expect(emulator.userCredentials().refresh_token).not.toBe(file.refresh_token)
})

test('a person gets an ID token for the client, whatever audience is asked for', async () => {
  const { status, body } = await refresh({ target_audience: profilesUrl })
  expect(status).toBe(200)
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3599 })
  expect(decodeJwt(body.id_token ?? '')).toMatchObject({
    aud: file.client_id,
    azp: file.client_id,
    email: 'ada@acme.example',
    email_verified: true,
    at_hash: expect.stringMatching(/^[\w-]{22}$/),
  })
})

test('the access token opens IAM Credentials', async () => {
  const { body } = await refresh()
  const email = 'search-run@acme.iam.gserviceaccount.com'
  const url = `${emulator.url}/v1/projects/-/serviceAccounts/${email}:generateIdToken`
  const headers = { authorization: `Bearer ${body.access_token}` }
  const asked = JSON.stringify({ audience: profilesUrl, includeEmail: true })
  const response = await fetch(url, { method: 'POST', headers, body: asked })
  const { token } = (await response.json()) as { token: string }
  expect(decodeJwt(token)).toMatchObject({ email, aud: profilesUrl })
})

test.for<[string, Record<string, string | undefined>, number, string]>([
  ['a refresh token nobody was given', { refresh_token: '1//guessed' }, 400, 'invalid_grant'],
  ['no refresh token', { refresh_token: undefined }, 400, 'invalid_request'],
  ['no client', { client_id: undefined }, 400, 'invalid_request'],
  ['another client', { client_id: 'other' }, 401, 'invalid_client'],
  ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client'],
])('%s is refused', async ([, changes, status, error]) => {
  const answer = await refresh(changes)
  expect({ status: answer.status, error: answer.body.error }).toEqual({ status, error })
})

test('no email is a TypeError', () => {
  expect(() => emulator.userCredentials('ada')).toThrow(
    'email must be an email address, but is "ada"',
  )
})
