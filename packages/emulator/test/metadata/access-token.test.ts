import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { getMetadata } from '../send.ts'

let emulator: Emulator
let now = Date.parse('2026-11-22T12:00:00Z')
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => now })
})
afterAll(() => emulator.stop())

async function accessToken(account = 'default') {
  const path = `/computeMetadata/v1/instance/service-accounts/${account}/token?scopes=any`
  return getMetadata(emulator.env('login').GCE_METADATA_HOST, path)
}

test('it is opaque, and its life is counted down while it is handed out again', async () => {
  const { status, body, headers } = await accessToken()
  const first = JSON.parse(body)
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('application/json')
  expect(first).toEqual({
    access_token: expect.stringMatching(/^ya29\.c\.emulator-/),
    expires_in: 3600,
    token_type: 'Bearer',
  })
  now += 60_000
  expect(JSON.parse((await accessToken()).body)).toEqual({ ...first, expires_in: 3540 })
  now += 55 * 60_000
  expect(JSON.parse((await accessToken()).body).access_token).not.toBe(first.access_token)
})

test('another account’s is not here', async () => {
  expect((await accessToken('search-run@acme.iam.gserviceaccount.com')).status).toBe(404)
})
