import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { send } from '../send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())

const asJson = { 'content-type': 'application/json' }
const drill = { fault: { kind: 'status', status: 503 }, endpoint: 'jwks' }

const keys = async () => (await send(`${emulator.url}/oauth2/v3/certs`)).status
const post = (body: unknown, headers: Record<string, string> = asJson) =>
  send(`${emulator.url}/emulator/v1/drills`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const remove = (id = '', headers: Record<string, string> = asJson) =>
  send(`${emulator.url}/emulator/v1/drills${id}`, { method: 'DELETE', headers })

test('a drill is started and stopped', async () => {
  const started = await post(drill)
  expect(started.status).toBe(201)
  const { drill: id } = JSON.parse(started.body) as { drill: number }
  expect(await keys()).toBe(503)
  expect((await remove(`/${id}`)).status).toBe(204)
  expect(await keys()).toBe(200)
  expect((await remove(`/${id}`)).status).toBe(404)
})

test('all are stopped at once', async () => {
  await post(drill)
  await post(drill)
  expect((await remove()).status).toBe(204)
  expect(await keys()).toBe(200)
})

test.for([
  [{ fault: { kind: 'fire' } }, 'fault.kind'],
  ['{', 'JSON'],
  ['null', 'JSON'],
])('%j is a 400 that says what is wrong', async ([body, word]) => {
  const answer = await post(body)
  expect(answer.status).toBe(400)
  expect(JSON.parse(answer.body).error).toContain(word)
})

test.for<[string, Record<string, string>]>([
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['text that holds JSON', { 'content-type': 'text/plain;x=application/json' }],
  ['no content type', {}],
  ['another origin', { ...asJson, origin: 'https://evil.example' }],
  ['an opaque origin', { ...asJson, origin: 'null' }],
  ['another port of this machine', { ...asJson, origin: 'http://127.0.0.1:1' }],
  ['a cross-site fetch', { ...asJson, 'sec-fetch-site': 'cross-site' }],
  ['a same-site fetch', { ...asJson, 'sec-fetch-site': 'same-site' }],
  ['a foreign Host', { ...asJson, host: 'evil.example' }],
])('%s is refused', async ([, headers]) => {
  expect((await post(drill, headers)).status).toBe(403)
  expect((await remove('', headers)).status).toBe(403)
  expect(await keys()).toBe(200)
})

test('the emulator’s own page may', async () => {
  const headers = { ...asJson, origin: emulator.url, 'sec-fetch-site': 'same-origin' }
  expect((await post(drill, headers)).status).toBe(201)
  expect((await remove('', headers)).status).toBe(204)
})
