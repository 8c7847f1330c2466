import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { createReceiver, googleKeys, type Receiver } from '@countersign/receiver'
import { describe, expect, onTestFinished, test } from 'vitest'
import { run, type Started, start } from './command.ts'
import { profilesUrl, startGoogle } from './google.ts'

const loginEmail = 'login@acme-staging.iam.gserviceaccount.com'

interface Proxied {
  here: string
  command: Started
}

/** user-profiles behind "Google's" front door, and a proxy to it as login. */
async function startProxy(
  app: (receiver: Receiver) => RequestListener,
  ...args: string[]
): Promise<Proxied> {
  const { emulator, env } = await startGoogle()
  const keys = googleKeys({ url: `${emulator.url}/oauth2/v3/certs` })
  const receiver = createReceiver({ audience: profilesUrl, allow: [loginEmail], keys })
  emulator.forwardTo('user-profiles', await serve(app(receiver)))
  const url = emulator.frontDoor('user-profiles')
  const proxy = ['proxy', url, '--as', loginEmail, '--audience', profilesUrl, '--port', '0']
  const command = start([...proxy, ...args], { env })
  const [, here = ''] = await command.said(/^(http:\S+) is /)
  return { here, command }
}

async function serve(app: RequestListener): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** With any `Host` and `Sec-Fetch-Site`, which `fetch` doesn't let one set. */
async function send(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<IncomingMessage> {
  const outgoing = request(url, { method, headers, agent: false })
  outgoing.end()
  const [answer] = await once(outgoing, 'response')
  return answer
}

/** Asks for a WebSocket and breaks the connection off before the answer. */
async function resetUpgrade(url: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  socket.resetAndDestroy()
  await once(socket, 'close')
}

const hello = (): RequestListener => (_, res) => res.end('hello')

const echo = (): RequestListener => async (req, res) => {
  res.setHeader('set-cookie', ['a=1', 'b=2'])
  res.statusCode = 201
  res.end(JSON.stringify([req.method, req.url, req.headers['x-own'], await text(req)]))
}

describe('countersign proxy', () => {
  test('the receiver verifies the account that it calls as', async () => {
    const { here } = await startProxy((receiver) => async (req, res) => {
      const decision = await receiver.check(req)
      res.end(decision.allowed ? decision.caller?.email : decision.denial.code)
    })
    const answer = await fetch(`${here}/profiles/7`)
    expect([answer.status, await answer.text()]).toEqual([200, loginEmail])
  })

  test('method, path, query, headers, body, status and cookies travel', async () => {
    const { here, command } = await startProxy(echo)
    const answer = await fetch(`${here}/a%2Fb?q=1&q=2`, {
      method: 'PUT',
      headers: { 'x-own': 'mine' },
      body: 'hello',
    })
    expect(await answer.json()).toEqual(['PUT', '/a%2Fb?q=1&q=2', 'mine', 'hello'])
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']])
    await expect.poll(() => command.stderr()).toBe('201 PUT /a%2Fb\n')
  })

  test('both bodies are streams', async () => {
    const { here } = await startProxy(() => (req, res) => req.pipe(res))
    const outgoing = request(here, { method: 'POST', agent: false })
    outgoing.write('one')
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    const [first] = await once(answer, 'data')
    expect(String(first)).toBe('one')
    outgoing.end('two')
    expect(await text(answer)).toBe('two')
  })

  test('a compressed answer arrives readable, and whole', async () => {
    const body = 'x'.repeat(10_000)
    const { here } = await startProxy(() => (_, res) => {
      res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body))
    })
    expect(await (await fetch(here)).text()).toBe(body)
  })

  test('a redirect is the client’s to follow', async () => {
    const { here } = await startProxy(() => (_, res) => {
      res.writeHead(302, { location: 'https://elsewhere.example/' }).end()
    })
    const answer = await fetch(here, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([
      302,
      'https://elsewhere.example/',
    ])
  })

  test('a client that leaves is not waited for', async () => {
    const gone = Promise.withResolvers<void>()
    const { here } = await startProxy(() => (_, res) => {
      res.on('close', gone.resolve)
      res.write('begun')
    })
    const answer = await fetch(here)
    await answer.body?.cancel()
    await gone.promise
  })

  test('a service that can’t be reached is 502', async () => {
    const { env } = await startGoogle()
    const args = ['proxy', 'http://127.0.0.1:1', '--as', loginEmail, '--port', '0']
    const [, here = ''] = await start(args, { env }).said(/^(http:\S+) is /)
    expect((await fetch(here)).status).toBe(502)
  })

  test('credentials that may not impersonate end it before it listens, and what to do', async () => {
    const { env } = await startGoogle()
    const stranger = 'stranger@other.iam.gserviceaccount.com'
    const args = ['proxy', await serve(hello()), '--as', stranger, '--port', '0']
    const { code, stdout, stderr } = await run(args, { env })
    expect(stderr).toContain('roles/iam.serviceAccountOpenIdTokenCreator')
    expect([code, stdout]).toEqual([3, ''])
  })

  test('as JSON each request is a line too', async () => {
    const { env, emulator } = await startGoogle()
    const to = emulator.frontDoor('user-profiles')
    const args = ['proxy', to, '--as', loginEmail, '--port', '0', '--json']
    const command = start(args, { env })
    const [, here = ''] = await command.said(/"url":"([^"]+)"/)
    await fetch(`${here}/profiles/7?secret=1`)
    await command.said(/^{"status".*}$/m)
    const [first, second] = command.stdout().split('\n')
    expect(JSON.parse(first ?? '')).toEqual({ url: here, to, as: loginEmail })
    expect(JSON.parse(second ?? '')).toEqual({ status: 401, method: 'GET', path: '/profiles/7' })
    expect(command.stderr()).toBe('')
  })

  test('a request with a header that the token goes into is refused', async () => {
    const { here } = await startProxy(hello)
    const answer = await fetch(here, { headers: { authorization: 'Bearer mine' } })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toMatch(/^header_conflict: .*Remove it/)
  })

  test('what it says holds no token', async () => {
    const { here, command } = await startProxy(hello)
    await fetch(`${here}/?access=secret`)
    command.child.kill('SIGINT')
    expect(await command.exit).toBe(0)
    expect(command.stdout() + command.stderr()).not.toMatch(/eyJ|secret/)
  })
})

test('a reader of standard error that leaves stops it', async () => {
  const { here, command } = await startProxy(hello)
  command.child.stderr?.destroy()
  await fetch(here)
  expect(await command.exit).toBe(0)
})

describe('countersign proxy refuses', () => {
  test.each([
    ['a name that somebody’s DNS points here', { host: 'evil.example' }],
    ['a name that looks like this machine’s', { host: 'localhost.evil.example' }],
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page of another port of this machine', { origin: 'http://localhost:5173' }],
    ['a page without an origin', { origin: 'null' }],
    ['another site’s link', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
    ['an image on another port’s page', { 'sec-fetch-site': 'same-site' }],
  ])('%s', async (_title, headers) => {
    let calls = 0
    const { here } = await startProxy(() => (_, res) => {
      calls += 1
      res.end()
    })
    const answer = await send(here, headers)
    expect(answer.statusCode).toBe(403)
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    expect(calls).toBe(0)
  })

  const upgrade = { connection: 'upgrade', upgrade: 'websocket' }

  test('WebSockets, with 501', async () => {
    const { here } = await startProxy(hello)
    expect((await send(here, upgrade)).statusCode).toBe(501)
  })

  test.each([{ host: 'evil.example' }, { origin: 'https://evil.example' }])(
    'a WebSocket of %j as any request of it',
    async (headers) => {
      const { here } = await startProxy(hello)
      expect((await send(here, { ...upgrade, ...headers })).statusCode).toBe(403)
    },
  )

  test('a WebSocket whose client is gone, and goes on', async () => {
    const { here, command } = await startProxy(hello)
    for (let sent = 0; sent < 5; sent += 1) await resetUpgrade(here)
    expect(await (await fetch(here)).text()).toBe('hello')
    expect(command.stderr()).not.toContain('ECONNRESET')
  })

  test('a URL in place of a path', async () => {
    const { here } = await startProxy(hello)
    const outgoing = request(here, { path: 'http://evil.example/', agent: false })
    outgoing.end()
    const [answer] = await once(outgoing, 'response')
    expect(answer.statusCode).toBe(400)
  })

  test('another address of this machine than loopback’s', async () => {
    const { command } = await startProxy(hello)
    const [, port] = await command.said(/127\.0\.0\.1:(\d+) is/)
    await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow()
  })

  test.each([
    [['--as', 'login'], /must be the email of a service account/],
    [['--as', loginEmail, '--allow-origin', 'localhost:5173'], /Write it as http:/],
    [[], /required option '--as <account>' not specified/],
  ])('%j', async (args, reason) => {
    const { code, stderr } = await run(['proxy', 'https://a-1.us-central1.run.app', ...args])
    expect(stderr).toMatch(reason)
    expect(code).toBe(2)
  })

  test.each([
    ['http://10.0.0.1', 'http://10.0.0.1 would show the token', '--insecure-http'],
    ['not-a-url', '"not-a-url" is no URL of a service', 'https://search-123.us-central1.run.app'],
    ['ftp://a.example', '"ftp://a.example" is no URL of a service', 'https://'],
    ['https://ann@a.example', 'is no URL of a service', 'https://'],
  ])('%s, and says what to write', async (url, problem, hint) => {
    const { code, stderr } = await run(['proxy', url, '--as', loginEmail])
    expect(stderr).toContain(problem)
    expect(stderr).toContain(hint)
    expect(stderr).not.toContain('targets')
    expect(code).toBe(2)
  })
})

describe('countersign proxy lets in', () => {
  test('its own pages, the address bar and programs', async () => {
    const { here } = await startProxy(hello)
    const own = { origin: here, 'sec-fetch-site': 'same-origin' }
    for (const headers of [own, { 'sec-fetch-site': 'none' }, {}]) {
      expect((await send(here, headers)).statusCode).toBe(200)
    }
  })

  test('an allowed page, which may read the answer', async () => {
    const origin = 'http://localhost:5173'
    const { here } = await startProxy(echo, '--allow-origin', origin)
    const preflight = await send(
      here,
      {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'x-own',
      },
      'OPTIONS',
    )
    expect(preflight.statusCode).toBe(204)
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-own',
    })
    const answer = await send(here, { origin })
    expect(answer.statusCode).toBe(201)
    expect(answer.headers['access-control-allow-origin']).toBe(origin)
  })
})
