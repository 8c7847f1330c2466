import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listen } from '../../src/http/listen.ts'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { type App, startApp } from '../app.ts'
import { samplePolicy } from '../policy.ts'
import { send } from '../send.ts'

let emulator: Emulator
let door: string
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  door = emulator.frontDoor('status')
})
afterAll(() => emulator.stop())

test('the app is reached at the PORT of its environment', async () => {
  const app = await listen(
    createServer((_, res) => res.end('at its port')),
    Number(emulator.env('status').PORT),
  )
  expect((await send(door)).body).toBe('at its port')
  await app.close()
})

test('nothing listens: 503', async () => {
  const answer = await send(emulator.frontDoor('status'))
  expect(answer).toMatchObject({
    status: 503,
    body: expect.stringMatching(/^Service Unavailable\n\n.*nothing answers for status at http/),
  })
  expect(emulator.requests.at(-1)).toMatchObject({ status: 503, refusal: 'app_unreachable' })
})

test('the app hangs up before it answers: 503', async () => {
  await using app = await startApp((req) => req.socket.destroy())
  emulator.forwardTo('status', app.url)
  expect((await send(door)).status).toBe(503)
})

/** An app whose answer is these very bytes. */
async function startRawApp(answer: string): Promise<App> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(answer, 'latin1'))
  })
  const { url, close } = await listen(server)
  return { url, received: [], [Symbol.asyncDispose]: close }
}

test.for([
  ['a reason with a control character', '200 O\x01K', 200],
  ['a status that is none', '099 Low', 503],
  ['a status of zero', '000 None', 503],
  ['a header with a control character', '200 OK\r\nx-a: a\x7fb', 503],
  [
    'a change of protocols that nobody asked for',
    '101 Up\r\nconnection: upgrade\r\nupgrade: x',
    503,
  ],
] as const)('%s harms nobody but its call', async ([, head, status]) => {
  await using app = await startRawApp(`HTTP/1.1 ${head}\r\ncontent-length: 2\r\n\r\nok`)
  emulator.forwardTo('status', app.url)
  const answer = await send(door)
  expect(answer).toMatchObject({
    status,
    body: status === 200 ? 'ok' : expect.stringContaining('Service Unavailable'),
  })
  expect(emulator.requests.at(-1)?.refusal).toBe(status === 200 ? undefined : 'app_unreachable')
  const call = emulator.events.kept.findLast((event) => event.type === 'call')
  expect(call?.layers.map(({ stage }) => stage).at(-1)).toBe(
    status === 200 ? 'answer' : 'front-door',
  )
})

test('method, target and body arrive as they were sent', async () => {
  await using app = await startApp()
  emulator.forwardTo('status', app.url)
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY']
  const target = '//a/../b%2Fc;d?x=1&x=2'
  for (const method of methods) {
    const headers = { 'content-length': '3' }
    await send(door, { method, target, headers, body: 'all' })
  }
  expect(app.received.map(({ method, url, body }) => ({ method, url, body }))).toEqual(
    methods.map((method) => ({ method, url: target, body: 'all' })),
  )
})

test('status, headers, repeats and reason come back as the app sent them', async () => {
  await using app = await startApp((_, res) => {
    res.writeHead(
      418,
      'Short And Stout',
      [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-Mixed-Case', 'Kept'],
        ['Connection', 'x-private'],
        ['X-Private', 'between us'],
      ].flat(),
    )
    res.end('teapot')
  })
  emulator.forwardTo('status', app.url)
  const { status, rawHeaders, headers, body } = await send(door)
  expect({ status, body }).toEqual({ status: 418, body: 'teapot' })
  expect(headers['set-cookie']).toEqual(['a=1', 'b=2'])
  expect(rawHeaders).toContain('X-Mixed-Case')
  expect(headers).not.toHaveProperty('x-private')
})

test.for([204, 304])('%i has no body', async (status) => {
  await using app = await startApp((_, res) => res.writeHead(status).end())
  emulator.forwardTo('status', app.url)
  const answer = await send(door)
  expect(answer).toMatchObject({ status, body: '' })
  expect(answer.headers).not.toHaveProperty('transfer-encoding')
})

test('HEAD keeps the length that a GET would have', async () => {
  await using app = await startApp((_, res) => res.writeHead(200, { 'content-length': 7 }).end())
  emulator.forwardTo('status', app.url)
  const answer = await send(door, { method: 'HEAD' })
  expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '7' } })
})

test('both bodies are streams: the app answers before the request ends', async () => {
  const server = createServer((req, res) => {
    res.writeHead(200)
    req.pipe(res)
  })
  const app = await listen(server)
  emulator.forwardTo('status', app.url)
  const outgoing = request(door, { method: 'POST', agent: false })
  outgoing.write('one')
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  const chunks = answer[Symbol.asyncIterator]()
  expect(String((await chunks.next()).value)).toBe('one')
  outgoing.write('two')
  expect(String((await chunks.next()).value)).toBe('two')
  outgoing.end()
  expect((await chunks.next()).done).toBe(true)
  await app.close()
})

test('a megabyte each way arrives whole', async () => {
  const body = 'x'.repeat(1024 * 1024)
  await using app = await startApp((_, res) => res.end(body))
  emulator.forwardTo('status', app.url)
  expect((await send(door, { method: 'POST', body })).body).toBe(body)
  expect(app.received[0]?.body).toBe(body)
})

test('a caller who hangs up ends the app’s request', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const server = createServer((req, res) => {
    res.write('begun')
    req.socket.on('close', () => resolve())
  })
  const app = await listen(server)
  emulator.forwardTo('status', app.url)
  const outgoing = request(door, { agent: false }).end()
  await once(outgoing, 'response')
  outgoing.destroy()
  await closed
  await app.close()
})

test('an app that breaks off breaks the caller’s answer off', async () => {
  const server = createServer((_, res) => {
    res.writeHead(200, { 'content-length': 100 })
    res.write('half')
    setTimeout(() => res.destroy(), 20)
  })
  const app = await listen(server)
  emulator.forwardTo('status', app.url)
  await expect(send(door)).rejects.toThrow('aborted')
  await app.close()
})

test('an answer before the upload’s end reaches the caller', async () => {
  const server = createServer((_, res) =>
    res.writeHead(413, { connection: 'close' }).end('too large'),
  )
  const app = await listen(server)
  emulator.forwardTo('status', app.url)
  const outgoing = request(door, { method: 'POST', agent: false })
  outgoing.on('error', () => {})
  outgoing.write('x'.repeat(1000))
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  expect(answer.statusCode).toBe(413)
  outgoing.destroy()
  await app.close()
})

test('stop ends calls that are under way', async () => {
  const other = await startEmulator({ policy: await samplePolicy() })
  const app = await listen(createServer((_, res) => res.write('begun')))
  other.forwardTo('status', app.url)
  const outgoing = request(other.frontDoor('status'), { agent: false }).end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  const ended = expect(answer.toArray()).rejects.toThrow('aborted')
  await other.stop()
  await ended
  await app.close()
})

test('a raw request that hides its body’s length is one request, not two', async () => {
  await using app = await startApp()
  emulator.forwardTo('status', app.url)
  const socket = connect(Number(new URL(door).port), '127.0.0.1')
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'
  socket.write(
    `POST /first HTTP/1.1\r\nHost: localhost\r\nConnection: close, content-length\r\n` +
      `Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  )
  await once(socket.resume(), 'close')
  expect(app.received.map(({ url, body }) => ({ url, body }))).toEqual([
    { url: '/first', body: smuggled },
  ])
})
