import { createServer } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { eventsRoute } from '../../src/control/routes.ts'
import { createEventLog } from '../../src/events/event-log.ts'
import { listen } from '../../src/http/listen.ts'
import type { RoutedRequest } from '../../src/http/route.ts'
import { sendReply } from '../../src/http/server.ts'
import { type DrillChanged, type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { send } from '../send.ts'
import { openStream } from './_event-stream.ts'

let emulator: Emulator
let url: string
beforeEach(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  url = `${emulator.url}/emulator/v1/events`
})
afterEach(() => emulator.stop())

/** Two events: one that begins, one that ends. */
async function drill(): Promise<void> {
  const { stop } = await emulator.drill({ fault: { kind: 'html' } })
  stop()
}

test('those that are kept come at once, as the emulator has them, then each as it happens', async () => {
  await drill()
  const stream = await openStream(url)
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
  })
  await expect.poll(stream.ids).toEqual([1, 2])
  await drill()
  await expect.poll(stream.ids).toEqual([1, 2, 3, 4])
  const data = [...stream.text().matchAll(/^data: (.*)$/gm)].map(([, json = '']) =>
    JSON.parse(json),
  )
  expect(data).toEqual(emulator.events.kept)
  stream.outgoing.destroy()
})

test.for<[string, Record<string, string>]>([
  ['?after=1', {}],
  ['', { 'last-event-id': '1' }],
  ['?after=0', { 'last-event-id': '1' }],
])('%s and %j: those after the first', async ([query, headers]) => {
  await drill()
  const stream = await openStream(url + query, headers)
  await expect.poll(stream.ids).toEqual([2])
  stream.outgoing.destroy()
})

test('who has read another emulator’s events gets all of this one’s', async () => {
  await drill()
  const stream = await openStream(url, { 'last-event-id': '4711' })
  await expect.poll(stream.ids).toEqual([1, 2])
  stream.outgoing.destroy()
})

test.for(['?after=x', '?after=-1', '?after=1e3'])('%s is a 400', async (query) => {
  expect((await send(url + query)).status).toBe(400)
})

test('stop ends the streams', async () => {
  const stream = await openStream(url)
  await emulator.stop()
  await stream.ended
})

test('HEAD is answered and ends', async () => {
  expect(await send(url, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
})

test.for<[string, Record<string, string>]>([
  ['another site', { 'sec-fetch-site': 'cross-site' }],
  ['another port of this machine', { 'sec-fetch-site': 'same-site' }],
  ['another origin', { origin: 'http://127.0.0.1:1' }],
  ['a foreign Host', { host: 'evil.example' }],
])('a page of %s reads neither events nor state', async ([, headers]) => {
  for (const path of ['events', 'state']) {
    const answer = await send(`${emulator.url}/emulator/v1/${path}`, { headers })
    expect(answer.status).toBe(403)
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  }
})

test('the emulator’s own page reads both', async () => {
  const headers = { 'sec-fetch-site': 'same-origin', origin: emulator.url }
  const { status, headers: got } = await send(`${emulator.url}/emulator/v1/state`, { headers })
  expect(status).toBe(200)
  expect(got).not.toHaveProperty('access-control-allow-origin')
  const stream = await openStream(url, headers)
  expect(stream.status).toBe(200)
  stream.outgoing.destroy()
})

/** The route alone, on a small log. */
async function serveLog(maxEvents: number) {
  const log = createEventLog({ maxEvents, maxCharacters: 1e9 })
  const { handle } = eventsRoute(log)
  const server = createServer(async (request, response) => {
    const call = { headers: request.headers, query: new URLSearchParams() } as RoutedRequest
    sendReply(response, await handle(call, {}))
  })
  const add = (summary: string) =>
    log.add<DrillChanged>({ type: 'drill', at: 1, drill: 1, summary, active: true })
  return { add, ...(await listen(server)) }
}

test('a reader that is too slow is cut off, and what it has not read is not kept for it', async () => {
  const { url: own, add, close } = await serveLog(5)
  const stream = await openStream(own)
  await expect.poll(stream.text).toContain(':')
  stream.outgoing.socket?.pause()
  for (let index = 0; index < 60; index += 1) {
    add('x'.repeat(1_000_000))
    await new Promise((resolve) => setImmediate(resolve))
  }
  stream.outgoing.socket?.resume()
  await stream.ended
  const ids = stream.ids()
  expect(ids.length).toBeLessThan(60)
  expect(ids).toEqual(ids.map((_, index) => index + 1))
  await close()
})

test('a quiet stream says every 15 seconds that it is alive', async () => {
  const { url: own, close } = await serveLog(5)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const stream = await openStream(own)
  const beats = () => stream.text().match(/^:$/gm)?.length ?? 0
  const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  for (let waited = 0; waited < 50 && !stream.text().includes('events'); waited += 1) await settle()
  await vi.advanceTimersByTimeAsync(14_000)
  await settle()
  expect(beats()).toBe(0)
  await vi.advanceTimersByTimeAsync(1_000)
  for (let waited = 0; waited < 50 && beats() === 0; waited += 1) await settle()
  expect(beats()).toBe(1)
  vi.useRealTimers()
  stream.outgoing.destroy()
  await close()
})
