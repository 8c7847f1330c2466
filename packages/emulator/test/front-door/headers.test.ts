import { endToEndHeaders } from '@countersign/shared/exchange/end-to-end'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { type App, type Received, startApp } from '../app.ts'
import { samplePolicy } from '../policy.ts'
import { type SendOptions, send } from '../send.ts'

let emulator: Emulator
let app: App
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  app = await startApp()
  emulator.forwardTo('status', app.url)
})
afterAll(async () => {
  await emulator.stop()
  await app[Symbol.asyncDispose]()
})
beforeEach(() => {
  app.received.length = 0
})

async function received(options: SendOptions = {}): Promise<Received> {
  await send(emulator.frontDoor('status'), options)
  const [first] = app.received
  if (!first) throw new Error('nothing reached the app')
  return first
}

const host = 'status-123.us-central1.run.app'

test('the app sees the host and scheme of production', async () => {
  const { headers } = await received()
  expect(headers).toMatchObject({
    host,
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '127.0.0.1',
    forwarded: 'for="127.0.0.1";proto=https',
  })
})

test('a caller who says the service’s own Host keeps it', async () => {
  expect((await received({ headers: { host } })).headers.host).toBe(host)
})

test('a caller can lengthen X-Forwarded-For, and set neither scheme nor Forwarded', async () => {
  const { headers } = await received({
    headers: { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'gopher', forwarded: 'for=x' },
  })
  expect(headers).toMatchObject({
    'x-forwarded-for': '1.2.3.4,127.0.0.1',
    'x-forwarded-proto': 'https',
    forwarded: 'for="127.0.0.1";proto=https',
  })
})

test('headers arrive in their order, case and number', async () => {
  const { rawHeaders } = await received({
    headers: ['Host', 'localhost', 'X-One', '1', 'x-TWO', '2', 'X-One', '3', 'Connection', 'close'],
  })
  expect(rawHeaders.slice(2, 8)).toEqual(['X-One', '1', 'x-TWO', '2', 'X-One', '3'])
})

test('two Authorization headers arrive as two, for the receiver to refuse', async () => {
  const { rawHeaders } = await received({
    headers: ['Host', 'localhost', 'Authorization', 'Bearer a', 'Authorization', 'Bearer b'],
  })
  expect(rawHeaders.filter((value) => value === 'Authorization')).toHaveLength(2)
})

test('what belongs to the connection does not arrive', async () => {
  const { headers } = await received({
    headers: {
      connection: 'close, X-Private',
      'x-private': 'between us',
      te: 'trailers',
      'proxy-authorization': 'Basic c2VjcmV0',
      'keep-alive': 'timeout=5',
      upgrade: 'h2c',
    },
  })
  expect(Object.keys(headers)).not.toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^(x-private|te|proxy-authorization|keep-alive|upgrade)$/),
    ]),
  )
})

test('a chunked body stays chunked, a POST without a body says so', async () => {
  const chunked = await received({
    method: 'POST',
    body: 'x',
    headers: { 'transfer-encoding': 'chunked' },
  })
  expect(chunked).toMatchObject({ body: 'x', headers: { 'transfer-encoding': 'chunked' } })
  app.received.length = 0
  const empty = await received({
    method: 'POST',
    headers: ['Host', 'localhost', 'Content-Length', '0'],
  })
  expect(empty.headers['content-length']).toBe('0')
})

test('endToEndHeaders heeds each Connection header, but never drops the length', () => {
  const raw = ['connection', 'a, Content-Length', 'A', '1', 'Content-Length', '5', 'b', '2']
  expect(endToEndHeaders(raw)).toEqual(['Content-Length', '5', 'b', '2'])
})

test('a call without a trace gets one, the same in both headers', async () => {
  const { traceparent, 'x-cloud-trace-context': cloud } = (await received()).headers
  const [, traceId, spanId] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(String(traceparent)) ?? []
  expect(cloud).toBe(`${traceId}/${BigInt(`0x${spanId}`)};o=1`)
})

test('a trace travels on, in both headers', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
  const cloud = '0af7651916cd43dd8448eb211c80319c/13235353014750950193;o=1'
  expect((await received({ headers: { traceparent } })).headers).toMatchObject({
    traceparent,
    'x-cloud-trace-context': cloud,
  })
  app.received.length = 0
  const { headers } = await received({ headers: { 'x-cloud-trace-context': cloud } })
  expect(headers.traceparent).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
  expect(headers['x-cloud-trace-context']).toBe(cloud)
})

test('a broken trace travels on, and the other header gets a new one', async () => {
  const { headers } = await received({ headers: { traceparent: 'junk' } })
  expect(headers.traceparent).toBe('junk')
  expect(headers['x-cloud-trace-context']).toMatch(/^[0-9a-f]{32}\/\d+;o=1$/)
})
