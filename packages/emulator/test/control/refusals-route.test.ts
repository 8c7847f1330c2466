import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { send } from '../send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())

const report = {
  service: 'login',
  method: 'POST',
  target: 'user-profiles',
  path: '/profiles/7',
  code: 'target_not_allowed',
}

function post(body: unknown, headers: Record<string, string> = {}) {
  return send(`${emulator.url}/emulator/v1/refusals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const newest = () => emulator.events.kept.at(-1)

test('a refusal of serviceFetch is an event', async () => {
  const answer = await post({ ...report, at: 1, id: 99, token: 'eyJ0.eyJ1.sig' })
  expect([answer.status, answer.body]).toEqual([204, ''])
  const { id, at, ...event } = newest() ?? {}
  expect(event).toEqual({ type: 'refusal', ...report })
  expect(id).toBeLessThan(99)
  expect(at).toBeGreaterThan(1)
})

test.for(['-', 'M-SEARCH', 'version_2'])(
  'the method can be any token, such as %s',
  async (method) => {
    expect((await post({ ...report, method })).status).toBe(204)
    expect(newest()).toMatchObject({ method })
  },
)

test('service and target can be left out, and need not be in the policy', async () => {
  const { service: _, target: __, ...rest } = report
  await post(rest)
  expect(newest()).not.toHaveProperty('service')
  expect(newest()).not.toHaveProperty('target')
  await post({ ...report, service: 'elsewhere', target: 'https://api.example' })
  expect(newest()).toMatchObject({ service: 'elsewhere', target: 'https://api.example' })
})

test('no query and no token is kept, and texts are truncated', async () => {
  const token = `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(80)}.${'b'.repeat(80)}`
  await post({ ...report, path: `/a/${token}?key=${token}#x`, target: token })
  expect(JSON.stringify(newest())).not.toContain('b'.repeat(30))
  expect(newest()).toMatchObject({ path: expect.not.stringContaining('?') })
  await post({ ...report, path: `/${'long '.repeat(2_000)}`, service: 'n '.repeat(1_000) })
  expect(JSON.stringify(newest()).length).toBeLessThan(2_600)
})

test.for<[unknown, string]>([
  [{ ...report, method: 'GET /x' }, 'method must match'],
  [{ ...report, method: undefined }, 'method'],
  [{ ...report, code: 'Not a code' }, 'code must match'],
  [{ ...report, code: 'a'.repeat(51) }, 'code'],
  [{ ...report, path: 'profiles' }, 'path must be a path'],
  [{ ...report, path: 7 }, 'path'],
  [{ ...report, service: 7 }, 'service must be a text'],
  [{ ...report, target: {} }, 'target'],
  ['[]', 'The body must be a JSON object'],
  ['{', 'JSON'],
])('%j is a 400 that says what is wrong, and no event', async ([body, words]) => {
  const before = emulator.events.kept.length
  const answer = await post(body)
  expect(answer.status).toBe(400)
  expect(JSON.parse(answer.body).error).toContain(words)
  expect(emulator.events.kept).toHaveLength(before)
})

test('a report above 64 KiB is a 413', async () => {
  expect((await post({ ...report, more: 'x'.repeat(70_000) })).status).toBe(413)
})

test.for<Record<string, string>>([
  { 'content-type': 'text/plain' },
  { origin: 'https://evil.example' },
  { 'sec-fetch-site': 'cross-site' },
  { host: 'evil.example' },
  { host: 'metadata.google.internal' },
])('a page of another site reports nothing: %j', async (headers) => {
  const before = emulator.events.kept.length
  expect((await post(report, headers)).status).toBeGreaterThanOrEqual(403)
  expect(emulator.events.kept).toHaveLength(before)
})
