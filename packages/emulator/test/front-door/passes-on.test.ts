import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { listen } from '../../src/http/listen.ts'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'

let emulator: Emulator
let door: string
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  door = emulator.frontDoor('status')
})
afterAll(() => emulator.stop())

/** An app behind the front door, until the test ends. */
async function app(server: Parameters<typeof listen>[0]): Promise<void> {
  const { url, close } = await listen(server)
  onTestFinished(close)
  emulator.forwardTo('status', url)
}

/** An app that says these very bytes, and then does something. */
function rawApp(answer: string, then: (socket: Socket) => void): Promise<void> {
  return app(
    createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.write(answer, 'latin1')
        then(socket)
      })
    }),
  )
}

/** All that the front door answers to these very bytes. */
async function exchange(sent: string): Promise<string> {
  const socket = connectToDoor()
  socket.write(sent, 'latin1')
  return Buffer.concat(await socket.toArray()).toString('latin1')
}

function connectToDoor(): Socket {
  return connect({ port: Number(new URL(door).port), host: '127.0.0.1', allowHalfOpen: true })
}

const post = 'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'

test.for([300_000, 5_000_000])('an app refuses %i bytes, unread, and closes', async (bytes) => {
  const refusal = 'HTTP/1.0 413 Too Large\r\nContent-Length: 9\r\n\r\ntoo large'
  await rawApp(refusal, (socket) => socket.pause().destroySoon())
  for (let times = 0; times < 5; times += 1) {
    const answer = await fetch(door, { method: 'POST', body: Buffer.alloc(bytes) })
    expect([answer.status, await answer.text()]).toEqual([413, 'too large'])
  }
})

test('an early answer reaches a client that reads once it has sent all, and closes', async () => {
  const refusal = 'HTTP/1.0 401 No\r\nContent-Length: 2\r\n\r\nno'
  await rawApp(refusal, (socket) => socket.pause().destroySoon())
  const body = 'x'.repeat(5_000_000)
  const answer = await exchange(`${post}Content-Length: ${body.length}\r\n\r\n${body}`)
  expect(answer).toMatch(/^HTTP\/1\.1 401 No\r\n.*\r\n\r\nno$/s)
})

test('an app that has answered gets the rest of the body', async () => {
  const body = Promise.withResolvers<string>()
  await app(
    createServer((req, res) => {
      res.end('accepted')
      body.resolve(text(req))
    }),
  )
  const outgoing = request(door, { method: 'POST', agent: false })
  outgoing.write('one')
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  outgoing.end('two')
  expect(await text(answer)).toBe('accepted')
  expect(await body.promise).toBe('onetwo')
})

test('the head of an answer does not wait for its body, nor that of a request', async () => {
  const begun = Promise.withResolvers<void>()
  await app(
    createServer((_, res) => {
      begun.resolve()
      res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    }),
  )
  const outgoing = request(door, { method: 'POST', agent: false })
  outgoing.on('error', () => undefined)
  outgoing.flushHeaders()
  await begun.promise
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  expect(answer.headers['content-type']).toBe('text/event-stream')
  outgoing.destroy()
})

test('informational answers are passed on, all of them, but not to HTTP/1.0', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n'
  const processing = 'HTTP/1.1 102 Processing\r\n\r\n'
  const answer = 'HTTP/1.1 204 No Content\r\n\r\n'
  await rawApp(hints + processing + answer, () => undefined)
  const got = await exchange('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  expect(got.startsWith(`${hints}${processing}HTTP/1.1 204 `)).toBe(true)
  expect(await exchange('GET / HTTP/1.0\r\nHost: localhost\r\n\r\n')).toMatch(/^HTTP\/1\.1 204 /)
})

test('whether a body is asked for is the app’s to say', async () => {
  const server = createServer((req, res) => req.pipe(res))
  server.on('checkContinue', (req, res) => {
    if (req.url === '/no') return void res.writeHead(417).end()
    res.writeContinue()
    req.pipe(res)
  })
  await app(server)
  const headers = { expect: '100-continue', 'content-length': '4' }
  const asked = request(`${door}/yes`, { method: 'POST', headers, agent: false })
  asked.once('continue', () => asked.end('body'))
  asked.flushHeaders()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  expect(await text(answer)).toBe('body')
  const refused = request(`${door}/no`, { method: 'POST', headers, agent: false })
  refused.once('continue', () => refused.destroy(new Error('asked for')))
  refused.flushHeaders()
  const [refusal] = (await once(refused, 'response')) as [IncomingMessage]
  expect(refusal.statusCode).toBe(417)
  refused.destroy()
})

test('an answer without a body comes while a body is being sent, also before a close', async () => {
  await app(createServer((_, res) => res.writeHead(204).end()))
  const outgoing = request(door, { method: 'POST', agent: false })
  outgoing.on('error', () => undefined).write('begun')
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  expect(answer.statusCode).toBe(204)
  outgoing.destroy()
})

test('bytes beyond ASCII arrive as they were sent, in all heads and trailers', async () => {
  const raw = 'X-Raw: \xc3\xb6 \xe4\r\n'
  const heads: string[] = []
  const answers = [
    `HTTP/1.1 103 Hints\r\n${raw}\r\nHTTP/1.1 200 Gr\xc3\xb6\r\n${raw}Content-Length: 2\r\n\r\nok`,
    `HTTP/1.1 304 Same\r\n${raw}\r\n`,
    `HTTP/1.1 101 Up\r\n${raw}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Raw\r\n\r\n0\r\n${raw}\r\n`,
  ]
  const server = createTcpServer((socket) => {
    socket.once('data', (head) => {
      heads.push(head.toString('latin1'))
      socket.end(answers.shift() ?? '', 'latin1')
    })
  })
  await app(server)
  const got: string[] = []
  for (const upgrade of ['close', 'close', 'Upgrade\r\nUpgrade: websocket', 'close']) {
    const start = 'GET / HTTP/1.1\r\nHost: localhost\r\n'
    got.push(await exchange(`${start}${raw}Connection: ${upgrade}\r\n\r\n`))
  }
  expect(heads.every((head) => head.includes(raw))).toBe(true)
  expect(got.map((answer) => answer.split(raw).length - 1)).toEqual([2, 1, 1, 1])
  expect(got[0]).toContain('HTTP/1.1 200 Gr\xc3\xb6\r\n')
})

test.for([
  'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n',
  `${post}Content-Length: 3000000\r\n\r\n${'x'.repeat(3_000_000)}`,
])('a client that has sent all, and stops sending, gets its answer (%#)', async (sent) => {
  let isEnded = false
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on('end', () => {
      isEnded = true
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    socket.resume()
  })
  await app(server)
  const socket = connectToDoor()
  socket.end(sent)
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/s)
  expect(isEnded).toBe(true)
})

test('one that stops sending while nothing listens gets a 503', async () => {
  emulator.forwardTo('status', 'http://127.0.0.1:1')
  const socket = connectToDoor()
  socket.end('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 503 /)
})

test('connections that are kept hold no listeners of the calls before', async () => {
  await app(createServer((_, res) => res.end('ok')))
  const socket = connectToDoor()
  const warnings: Error[] = []
  const note = (warning: Error): number => warnings.push(warning)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  for (let times = 0; times < 15; times += 1) {
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'data')
  }
  socket.destroy()
  expect(warnings).toEqual([])
})

test.for(['Content-Length: 10\r\n\r\npart', 'Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'])(
  'an answer that breaks off is no whole one for HTTP/1.0 either (%#)',
  async (rest) => {
    await rawApp(`HTTP/1.1 200 OK\r\n${rest}`, (socket) => setTimeout(() => socket.end(), 50))
    await expect(exchange('GET / HTTP/1.0\r\nHost: localhost\r\n\r\n')).rejects.toThrow(
      'ECONNRESET',
    )
  },
)

test('trailers travel both ways', async () => {
  let te: unknown
  await app(
    createServer(async (req, res) => {
      await text(req)
      te = req.headers.te
      res.writeHead(200, { trailer: 'x-sum' })
      res.write('body')
      res.addTrailers({ 'x-sum': `${req.headers.trailer} ${req.trailers['x-sent']}` })
      res.end()
    }),
  )
  const outgoing = request(door, {
    method: 'POST',
    headers: { trailer: 'x-sent', te: 'trailers', connection: 'close, TE' },
    agent: false,
  })
  outgoing.write('body')
  outgoing.addTrailers({ 'x-sent': 'seven' })
  outgoing.end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  expect(await text(answer)).toBe('body')
  expect(answer.headers.trailer).toBe('x-sum')
  expect(answer.trailers).toEqual({ 'x-sum': 'x-sent seven' })
  expect(te).toBe('trailers')
})

test('an encoded body is passed on as it is, with its length', async () => {
  const body = gzipSync('x'.repeat(1000))
  await app(
    createServer((_, res) => {
      res.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body)
    }),
  )
  const [answer] = (await once(request(door, { agent: false }).end(), 'response')) as [
    IncomingMessage,
  ]
  expect(Buffer.concat(await answer.toArray())).toEqual(body)
  expect(answer.headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-length': String(body.length),
  })
})

test.for([
  ['GET', undefined],
  ['DELETE', undefined],
  ['PUT', '0'],
  ['PROPFIND', '0'],
] as const)('%s without a body has the length %s', async ([method, length]) => {
  let headers: IncomingMessage['headers'] = {}
  await app(
    createServer((req, res) => {
      headers = req.headers
      res.end()
    }),
  )
  await exchange(`${method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  expect(headers['content-length']).toBe(length)
  expect(headers).not.toHaveProperty('transfer-encoding')
})

test('heads of 60 KiB and of 3,000 headers pass in both directions', async () => {
  let received: string[] = []
  await app(
    createServer({ maxHeaderSize: 1 << 20 }, (req, res) => {
      received = req.rawHeaders
      res.writeHead(200, { 'x-large': 'x'.repeat(60_000) }).end()
    }),
  )
  const many = 'x-n: 1\r\n'.repeat(3_000)
  const large = `x-large: ${'x'.repeat(60_000)}\r\n`
  const start = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
  expect(await exchange(`${start}${large}\r\n`)).toContain('x'.repeat(60_000))
  expect(received.some((value) => value.length === 60_000)).toBe(true)
  await app(
    Object.assign(
      createServer({ maxHeaderSize: 1 << 20 }, (req, res) =>
        res.end(String(req.rawHeaders.length)),
      ),
      { maxHeadersCount: 0 },
    ),
  )
  expect(Number((await exchange(`${start}${many}\r\n`)).split('\r\n').at(-1))).toBeGreaterThan(
    6_000,
  )
})

test.for(['127.0.0.1', '::1'])('an app that listens on %s alone is reached', async (host) => {
  const own = await startEmulator({ policy: await samplePolicy() })
  onTestFinished(() => own.stop())
  const server = createServer((_, res) => res.end(host))
  const { close } = await listen(server, Number(own.env('status').PORT), { host, hostname: host })
  onTestFinished(close)
  expect(await (await fetch(own.frontDoor('status'))).text()).toBe(host)
})

test('an upload that breaks off breaks off at the app', async () => {
  const broken = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  await app(
    createServer((req) => {
      req.once('data', () => begun.resolve())
      req.on('error', () => undefined).once('close', () => broken.resolve())
    }),
  )
  const outgoing = request(door, { method: 'POST', agent: false })
  outgoing.on('error', () => undefined).write('begun')
  await begun.promise
  outgoing.destroy()
  await broken.promise
})

test('neither body is held in memory while the other side does not read', async () => {
  let written = 0
  await app(
    createServer((_, res) => {
      const fill = (): void => {
        while (written < 1 << 28) {
          written += 1 << 16
          if (!res.write(Buffer.alloc(1 << 16))) return void res.once('drain', fill)
        }
      }
      fill()
    }),
  )
  const outgoing = request(door, { agent: false }).end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  let before = -1
  while (before !== written) {
    before = written
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  expect(written).toBeLessThan(1 << 26)
  answer.destroy()
})
