import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { createServiceFetch } from '@countersign/caller'
import { expect, onTestFinished, test } from 'vitest'
import { createProxyServer } from '../../src/proxy/proxy-server.ts'
import { send } from './_proxied.ts'

async function listen(server: Pick<Server, 'listen' | 'once' | 'address' | 'close'>) {
  server.listen(0, '127.0.0.1')
  await once(server as Server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A proxy to what listens there. */
async function proxyTo(base: string, requests: object[] = []): Promise<string> {
  const payload = Buffer.from(
    JSON.stringify({ aud: base, email: 'a@b', iat: 0, exp: Date.now() / 1000 + 3600 }),
  ).toString('base64url')
  const identity = { idToken: async () => `e30.${payload}.AAAA` }
  const serviceFetch = createServiceFetch({ targets: [base], identity, log: false })
  return listen(
    createProxyServer({
      base,
      serviceFetch,
      allowedOrigins: ['http://localhost:5173'],
      onRequest: (answered) => void requests.push(answered),
    }),
  )
}

test('a redirect to the service’s own URL leads to the proxy', async () => {
  const app = createServer(({ headers }, res) => {
    res.writeHead(302, { location: `http://${headers.host}/new` }).end()
  })
  const here = await proxyTo(await listen(app))
  expect((await send(here, {})).headers.location).toBe(`${here}/new`)
})

test('what an answer varies by stays, beside the page’s origin', async () => {
  const app = createServer((_, res) => res.writeHead(200, { vary: 'accept-encoding' }).end())
  const here = await proxyTo(await listen(app))
  const { headers } = await send(here, { origin: 'http://localhost:5173' })
  expect(headers.vary).toBe('accept-encoding, origin')
})

test('no header is added but the token', async () => {
  let names: string[] = []
  const app = createServer(({ rawHeaders }, res) => {
    names = rawHeaders.filter((_, index) => index % 2 === 0)
    res.end()
  })
  await send(await proxyTo(await listen(app)), { 'X-Own': '1' })
  expect(names.map((name) => name.toLowerCase()).sort()).toEqual(
    ['authorization', 'connection', 'host', 'x-own', 'x-serverless-authorization'].sort(),
  )
  expect(names).toContain('X-Own')
})

test('a kept connection that the service has closed is no error of a GET', async () => {
  const sockets: Socket[] = []
  const app = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    let isFirst = true
    socket.on('data', () => {
      if (!isFirst) return void socket.resetAndDestroy()
      isFirst = false
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const here = await proxyTo(await listen(app as unknown as Server))
  for (let times = 0; times < 3; times += 1) {
    const answer = await send(here, {})
    expect([answer.statusCode, await text(answer)]).toEqual([200, 'ok'])
  }
  for (const socket of sockets) socket.destroy()
})

test('WebSockets are passed on, with a token, and so is their refusal', async () => {
  let authorization: string | undefined
  const app = createServer()
  app.on('upgrade', (req, socket) => {
    authorization = req.headers.authorization
    if (req.url === '/no') return void socket.end('HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno')
    socket.write('HTTP/1.1 101 Up\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    socket.pipe(socket)
  })
  const requests: object[] = []
  const here = await proxyTo(await listen(app), requests)
  const headers = { connection: 'Upgrade', upgrade: 'websocket' }
  const [answer, socket] = (await once(
    request(`${here}/yes`, { headers, agent: false }).end(),
    'upgrade',
  )) as [IncomingMessage, Socket]
  socket.write('ping')
  expect(String((await once(socket, 'data'))[0])).toBe('ping')
  expect([answer.statusCode, authorization]).toEqual([101, expect.stringMatching(/^Bearer /)])
  expect(requests).toEqual([{ status: 101, method: 'GET', path: '/yes' }])
  socket.destroy()
  const refused = await send(`${here}/no`, headers)
  expect([refused.statusCode, await text(refused)]).toEqual([401, 'no'])
})
