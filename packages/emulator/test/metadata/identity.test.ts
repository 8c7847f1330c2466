import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { loginEmail, profilesUrl, samplePolicy } from '../policy.ts'
import { type Answer, getMetadata } from '../send.ts'

let emulator: Emulator
let now = Date.parse('2026-11-22T12:00:00Z')
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => now })
})
afterAll(() => emulator.stop())

function identity(query: string, account = 'default'): Promise<Answer> {
  const path = `/computeMetadata/v1/instance/service-accounts/${account}/identity${query}`
  return getMetadata(emulator.env('login').GCE_METADATA_HOST, path)
}

test('the answer is a bare JWT, called exactly text/html', async () => {
  const { status, headers, body } = await identity(`?audience=${profilesUrl}`)
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/html')
  expect(headers['metadata-flavor']).toBe('Google')
  const keys = createRemoteJWKSet(new URL(`${emulator.url}/oauth2/v3/certs`))
  const { payload } = await jwtVerify(body, keys, { currentDate: new Date(now) })
  expect(payload).toMatchObject({
    iss: 'https://accounts.google.com',
    aud: profilesUrl,
    email: loginEmail,
    email_verified: true,
    iat: now / 1000,
    exp: now / 1000 + 3600,
  })
})

test('without format=full there is an email, as on Cloud Run, and no google claim', async () => {
  const claims = decodeJwt((await identity('?audience=standard')).body)
  expect(claims.email).toBe(loginEmail)
  expect(claims).not.toHaveProperty('google')
})

test('format=full adds google.compute_engine, licenses=TRUE its licenses', async () => {
  const full = decodeJwt((await identity('?audience=a&format=full')).body)
  expect(full.google).toEqual({
    compute_engine: {
      instance_creation_timestamp: expect.any(Number),
      instance_id: expect.stringMatching(/^\d+$/),
      instance_name: 'login',
      project_id: 'acme',
      project_number: 123,
      zone: 'us-central1-1',
    },
  })
  const licensed = decodeJwt((await identity('?audience=a&format=full&licenses=TRUE')).body)
  expect(licensed.google).toMatchObject({ compute_engine: { license_id: [] } })
})

test.for(['', '?audience=', '?format=full'])('"%s" lacks an audience: 400', async (query) => {
  const answer = await identity(query)
  expect(answer).toMatchObject({ status: 400, body: 'non-empty audience parameter required' })
})

test('an audience is taken as it is, once decoded', async () => {
  const audience = 'https://a.example/x?y=1&z=2#+ ü'
  const { body } = await identity(`?audience=${encodeURIComponent(audience)}`)
  expect(decodeJwt(body).aud).toBe(audience)
})

test('the account can be named by its email; another one is not here', async () => {
  expect((await identity('?audience=a', loginEmail)).status).toBe(200)
  expect((await identity('?audience=a', encodeURIComponent(loginEmail))).status).toBe(200)
  expect((await identity('?audience=a', 'search-run@acme.iam.gserviceaccount.com')).status).toBe(
    404,
  )
})

test('the same token comes back until five minutes before it expires', async () => {
  const first = (await identity('?audience=cached')).body
  now += (55 * 60 - 1) * 1000
  expect((await identity('?audience=cached')).body).toBe(first)
  now += 1000
  const second = (await identity('?audience=cached')).body
  expect(second).not.toBe(first)
  expect(decodeJwt(second).exp).toBe(now / 1000 + 3600)
})

test('calls at the same time get the same token; other audiences and formats another', async () => {
  const bodies = await Promise.all(Array.from({ length: 5 }, () => identity('?audience=flight')))
  expect(new Set(bodies.map(({ body }) => body)).size).toBe(1)
  const full = (await identity('?audience=flight&format=full')).body
  expect(full).not.toBe(bodies[0]?.body)
})
