import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { send } from '../send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())

const identity = '/computeMetadata/v1/instance/service-accounts/default/identity?audience=a'

function get(path: string, headers: Record<string, string>) {
  return send(`http://${emulator.env('login').GCE_METADATA_HOST}${path}`, { headers })
}

test('without Metadata-Flavor: 403, and the answer says what is missing', async () => {
  const { status, body, headers } = await get(identity, {})
  expect(status).toBe(403)
  expect(body).toBe('Missing required header "Metadata-Flavor": "Google"\n')
  expect(headers['metadata-flavor']).toBe('Google')
})

test('with another flavor: 404', async () => {
  expect((await get(identity, { 'metadata-flavor': 'Vanilla' })).status).toBe(404)
})

test.for<[Record<string, string>, number]>([
  [{ 'x-google-metadata-request': 'True' }, 200],
  [{ 'x-google-metadata-request': 'true' }, 200],
  [{ 'x-google-metadata-request': 'False' }, 403],
  [{ 'x-google-metadata-request': 'True', 'metadata-flavor': 'Vanilla' }, 404],
  [{ 'x-google-metadata-request': 'True', 'x-forwarded-for': '10.0.0.1' }, 403],
])('the older header: %j gets %i', async ([headers, status]) => {
  expect((await get(identity, headers)).status).toBe(status)
})

test.for(['127.0.0.1', ''])('with X-Forwarded-For "%s": 403', async (forwarded) => {
  const headers = { 'metadata-flavor': 'Google', 'x-forwarded-for': forwarded }
  expect((await get(identity, headers)).status).toBe(403)
})

test('the root answers without it, as Go’s probe expects', async () => {
  const { status, headers } = await get('/', {})
  expect(status).toBe(200)
  expect(headers['metadata-flavor']).toBe('Google')
})

test('a POST gets nothing', async () => {
  const url = `http://${emulator.env('login').GCE_METADATA_HOST}${identity}`
  const headers = { 'metadata-flavor': 'Google' }
  expect((await send(url, { method: 'POST', headers })).status).toBe(404)
})
