import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Drill, type DrillOptions, type Emulator, startEmulator } from '../../src/index.ts'
import { profilesUrl, samplePolicy } from '../policy.ts'
import { getMetadata } from '../send.ts'

let emulator: Emulator
let now = Date.parse('2026-11-28T12:00:00')
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy(), now: () => now })
})
afterAll(() => emulator.stop())

const identity = '/computeMetadata/v1/instance/service-accounts/default/identity?audience='

async function fetchToken(service: string): Promise<void> {
  const host = emulator.env(service).GCE_METADATA_HOST
  expect((await getMetadata(host, identity + profilesUrl)).status).toBe(200)
}

async function noteOf(options: DrillOptions): Promise<Drill['note']> {
  using drill = await emulator.drill(options)
  const event = emulator.events.kept.at(-1)
  expect(event?.type === 'drill' && event.note).toBe(drill.note)
  return drill.note
}

const expired = { fault: { kind: 'expired-token' } } as const

test('a drill of tokens is visible at once if no service holds one', async () => {
  expect(await noteOf(expired)).toBeUndefined()
})

test('a held token hides a drill, and the drill says until when', async () => {
  await fetchToken('login')
  const hidden =
    'login holds a token until 12:56: the drill takes effect then, or restart login (if countersign dev runs it: restart that, then start the drill again)'
  expect(await noteOf(expired)).toBe(hidden)
  expect(await noteOf({ ...expired, service: 'login' })).toBe(hidden)
  expect(await noteOf({ ...expired, service: 'search' })).toBeUndefined()
  expect(await noteOf({ fault: { kind: 'status', status: 503 }, endpoint: 'identity' })).toBe(
    hidden,
  )
})

test('the token that is handed out again ends when it did', async () => {
  now += 10 * 60_000
  await fetchToken('login')
  await fetchToken('search')
  expect(await noteOf(expired)).toBe(
    'login, search hold tokens until 13:06 at the latest: the drill takes effect then, or restart them (if countersign dev runs them: restart that, then start the drill again)',
  )
})

test('a drill that is met elsewhere too has no note', async () => {
  expect(await noteOf({ fault: { kind: 'delay', ms: 1 } })).toBeUndefined()
  expect(await noteOf({ fault: { kind: 'html' }, endpoint: 'jwks' })).toBeUndefined()
  expect(await noteOf({ fault: { kind: 'drop-key' } })).toBeUndefined()
})

test('a token of a drill is no reason, nor is one that ended', async () => {
  now += 60 * 60_000
  using _ = await emulator.drill({ ...expired, service: 'login' })
  await fetchToken('login')
  expect(await noteOf(expired)).toBeUndefined()
})
