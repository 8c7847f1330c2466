import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Listening, listen } from '../../src/http/listen.ts'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { profilesUrl, samplePolicy } from '../policy.ts'
import { send } from '../send.ts'

const switching =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
const upgrade = { connection: 'Upgrade', upgrade: 'websocket' }

let emulator: Emulator
let app: Listening
const seen: IncomingMessage[] = []
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  const server = createServer((req, res) => {
    seen.push(req)
    res.writeHead(426).end('upgrade, please')
  })
  server.on('upgrade', (req, socket: Duplex) => {
    seen.push(req)
    if (req.url === '/refused')
      return void socket.end('HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nno')
    socket.write(`${switching}welcome`)
    socket.pipe(socket)
  })
  app = await listen(server)
  emulator.forwardTo('user-profiles', app.url)
  emulator.forwardTo('status', app.url)
})
afterAll(async () => {
  await emulator.stop()
  await app.close()
})

async function open(service: string, headers: Record<string, string> = {}) {
  const outgoing = request(`${emulator.frontDoor(service)}/socket`, {
    headers: { ...upgrade, ...headers },
    agent: false,
  }).end()
  const [answer, socket, head] = (await once(outgoing, 'upgrade')) as [
    IncomingMessage,
    Socket,
    Buffer,
  ]
  return { answer, socket, read: reader(socket, head) }
}

/** Reads until so many characters are there. */
function reader(socket: Socket, head: Buffer): (length: number) => Promise<string> {
  let text = head.toString()
  socket.on('data', (chunk) => {
    text += chunk
  })
  return async (length) => {
    while (text.length < length) await once(socket, 'data')
    return text
  }
}

test('once the app agrees, bytes flow both ways, the first ones included', async () => {
  const token = await emulator.idToken('login', profilesUrl)
  const headers = {
    authorization: `Bearer ${token}`,
    'x-serverless-authorization': `Bearer ${token}`,
  }
  const { answer, socket, read } = await open('user-profiles', headers)
  expect(answer.statusCode).toBe(101)
  expect(answer.headers).toMatchObject({ upgrade: 'websocket' })
  socket.write('ping')
  expect(await read(11)).toBe('welcomeping')
  expect(seen.at(-1)?.headers).toMatchObject({ upgrade: 'websocket', connection: 'Upgrade' })
  expect(seen.at(-1)?.headers['x-serverless-authorization']).toMatch(/SIGNATURE_REMOVED_BY_GOOGLE$/)
  expect(emulator.requests.at(-1)).toMatchObject({ endpoint: 'front-door', status: 101 })
  socket.destroy()
})

test('IAM is asked first', async () => {
  const before = seen.length
  const { status, body } = await send(emulator.frontDoor('user-profiles'), { headers: upgrade })
  expect(status).toBe(403)
  expect(body).toContain('<title>403 Forbidden</title>')
  expect(seen).toHaveLength(before)
})

test('an app that refuses is heard', async () => {
  const answer = await send(`${emulator.frontDoor('status')}/refused`, { headers: upgrade })
  expect(answer).toMatchObject({ status: 400, body: 'no' })
})

test('one side’s end is the other’s', async () => {
  const { socket } = await open('status')
  const appSocket = seen.at(-1)?.socket
  socket.destroy()
  await once(appSocket as Socket, 'close')
})

test('stop ends sockets that are open', async () => {
  const other = await startEmulator({ policy: await samplePolicy() })
  other.forwardTo('status', app.url)
  const outgoing = request(other.frontDoor('status'), { headers: upgrade, agent: false }).end()
  const [, socket] = (await once(outgoing, 'upgrade')) as [IncomingMessage, Socket]
  const closed = once(socket.resume(), 'close')
  await other.stop()
  await closed
})

test('h2c, which Java’s client asks each server for, is a plain call', async () => {
  const headers = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABk',
  }
  const options = { method: 'POST', headers, body: 'a body' }
  const { status } = await send(emulator.frontDoor('status'), options)
  expect(status).toBe(426)
  expect(seen.at(-1)?.headers).not.toHaveProperty('upgrade')
})

test('an upgrade pipelined behind an open request ends the connection, not the emulator', async () => {
  const socket = connect(Number(new URL(emulator.frontDoor('status')).port), '127.0.0.1')
  const upgrading =
    'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n\r\n${upgrading}`)
  await once(socket.resume(), 'close')
  expect((await send(emulator.frontDoor('status'))).status).toBe(426)
})
