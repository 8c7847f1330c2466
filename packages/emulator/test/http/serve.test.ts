import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createDrills } from '../../src/drills/drills.ts'
import { throughDrills } from '../../src/drills/faults.ts'
import { createKeyRing } from '../../src/google/keys.ts'
import { listen } from '../../src/http/listen.ts'
import type { Route } from '../../src/http/route.ts'
import { createRoutedServer, createWaitingServer } from '../../src/http/server.ts'
import { send } from '../send.ts'

let ended = false

const routes: Route[] = [
  {
    method: 'GET',
    path: '/endless-stream',
    endpoint: 'jwks',
    handle: () => ({
      status: 200,
      stream: async function* (signal) {
        try {
          for (;;) {
            yield 'and on'
            await wait(5, undefined, { signal })
          }
        } finally {
          ended = true
        }
      },
    }),
  },
  {
    method: 'POST',
    path: '/echo',
    endpoint: 'token',
    handle: async (call) => ({ status: 200, body: await call.body() }),
  },
  {
    method: 'GET',
    path: /^\/accounts\/(?<name>[^/]+)$/,
    endpoint: 'metadata',
    handle: ({ query }, { name = '' }) => ({ status: 200, body: `${name} ${query.get('q')}` }),
  },
  {
    method: 'GET',
    path: '/broken',
    endpoint: 'jwks',
    handle: () => {
      throw new Error('a fault, and ya29.secret')
    },
  },
  {
    method: 'GET',
    path: '/broken-stream',
    endpoint: 'jwks',
    handle: () => ({
      status: 200,
      stream: async function* () {
        yield 'begun'
        throw new Error('a fault of a stream')
      },
    }),
  },
]

async function noDrills() {
  const keys = await createKeyRing(Date.now)
  return createDrills({
    services: new Map(),
    keys,
    tokens: { hiding: () => undefined },
    onChange: () => undefined,
  })
}

async function serve() {
  const recorded: unknown[] = []
  const server = createRoutedServer({
    routes,
    guards: [],
    notFound: () => ({ status: 404, body: 'no such path' }),
    around: throughDrills(await noDrills()),
    record: (entry) => recorded.push(entry),
  })
  const { url, close } = await listen(server)
  return { url, recorded, [Symbol.asyncDispose]: close }
}

test('named groups are decoded parameters', async () => {
  await using server = await serve()
  const { body } = await send(`${server.url}/accounts/a%40b?q=%2B`)
  expect(body).toBe('a@b +')
})

test.for(['/accounts/%zz', '/accounts/a/b', '//accounts/a', '/echo'])(
  '%s has no route',
  async (path) => {
    await using server = await serve()
    expect((await send(server.url + path)).status).toBe(404)
    expect(server.recorded).toEqual([
      { endpoint: 'unknown', status: 404, durationMs: expect.any(Number) },
    ])
  },
)

test('HEAD is a GET without a body', async () => {
  await using server = await serve()
  const answer = await send(`${server.url}/accounts/a?q=1`, { method: 'HEAD' })
  expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '3' } })
})

test('a body beyond 64 KB is refused and the connection ends', async () => {
  await using server = await serve()
  const fits = await send(`${server.url}/echo`, { method: 'POST', body: 'a'.repeat(65_536) })
  expect(fits.body).toHaveLength(65_536)
  const answer = await send(`${server.url}/echo`, { method: 'POST', body: 'a'.repeat(65_537) })
  expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } })
})

test.for(['gzip', 'x-gzip', 'GZIP'])('a body is decompressed: %s', async (encoding) => {
  await using server = await serve()
  const { status, body } = await postCompressed(server.url, gzipSync('höllo'), encoding)
  expect([status, body]).toEqual([200, 'höllo'])
})

test('a compressed body that becomes too large is refused', async () => {
  await using server = await serve()
  const bomb = gzipSync('a'.repeat(10_000_000))
  expect(bomb.byteLength).toBeLessThan(16_384)
  expect((await postCompressed(server.url, bomb)).status).toBe(413)
})

test('a body that is not gzip is empty', async () => {
  await using server = await serve()
  expect((await postCompressed(server.url, Buffer.from('{}'))).body).toBe('')
})

async function postCompressed(url: string, body: Uint8Array, encoding = 'gzip') {
  const headers = { 'content-encoding': encoding }
  const answer = await fetch(`${url}/echo`, { method: 'POST', headers, body: new Uint8Array(body) })
  return { status: answer.status, body: await answer.text() }
}

function warnings() {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  return warn.mock.calls as unknown as [
    message: string,
    options: { code: string; detail: string },
  ][]
}

test('a handler that throws is a 500 that says nothing, and a warning that says what', async () => {
  const warned = warnings()
  await using server = await serve()
  const answer = await send(`${server.url}/broken?q=secret`)
  expect(answer).toMatchObject({ status: 500, body: 'Internal Server Error' })
  expect(warned).toEqual([
    [
      'the emulator failed to answer GET /broken because of a fault of its own: a fault, and [redacted]',
      {
        type: 'CountersignWarning',
        code: 'COUNTERSIGN_EMULATOR_FAULT',
        detail: expect.stringMatching(/a fault, and \[redacted\]\n +at .*serve\.test\.ts/),
      },
    ],
  ])
})

test('a client that leaves a stream is no fault', async () => {
  const warned = warnings()
  await using server = await serve()
  const leaving = new AbortController()
  const { body } = await fetch(`${server.url}/endless-stream`, { signal: leaving.signal })
  await body?.getReader().read()
  leaving.abort()
  await vi.waitFor(() => expect(ended).toBe(true))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(warned).toEqual([])
})

test('a stream that breaks is a warning', async () => {
  const warned = warnings()
  await using server = await serve()
  await expect(send(`${server.url}/broken-stream`)).rejects.toThrow()
  expect(warned.map(([message]) => message)).toEqual([
    'the emulator failed to go on with an answer because of a fault of its own: a fault of a stream',
  ])
})

test('a request that comes before there is somebody to answer is answered then', async () => {
  const { server, answerBy } = createWaitingServer()
  const { url, close } = await listen(server)
  onTestFinished(close)
  const early = send(url)
  await once(server, 'request')
  answerBy((_request, response) => response.end('now'))
  expect((await early).body).toBe('now')
  expect((await send(url)).body).toBe('now')
})
