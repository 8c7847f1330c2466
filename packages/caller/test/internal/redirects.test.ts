import { createServiceFetch, isTargetNotAllowedError, type ServiceFetch } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { type Seen, startServer, type TestServer } from '../_server.ts'
import { createIdentity, type TestIdentity } from '../_tokens.ts'

const headers = ['authorization', 'x-serverless-authorization'] as const
const statuses = [301, 302, 303, 307, 308]

/** A service that redirects everything but `/end`. */
function startRedirector(status: number, location: (seen: Seen) => string): Promise<TestServer> {
  return startServer((seen, _request, response) => {
    if (seen.url.startsWith('/end')) response.end(seen.method)
    else response.writeHead(status, { location: location(seen) }).end()
  })
}

function startStranger(): Promise<TestServer> {
  return startServer((_seen, _request, response) => response.end('trapped'))
}

function serviceFetchFor(identity: TestIdentity, ...urls: string[]): ServiceFetch {
  return createServiceFetch({
    targets: urls.map((url) => ({ url, headers, audience: `aud of ${url}` })),
    identity,
  })
}

function audienceOf(seen: Seen | undefined, header = 'authorization'): string {
  const token = String(seen?.headers[header]).split('.')[1] ?? ''
  return JSON.parse(Buffer.from(token, 'base64url').toString()).aud
}

describe('a redirect', () => {
  test.each(statuses)('%i to a stranger carries no token there', async (status) => {
    await using stranger = await startStranger()
    await using server = await startRedirector(status, () => `${stranger.url}/trap`)
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    for (const method of ['GET', 'HEAD', 'POST', 'PUT']) {
      const call = serviceFetch(server.url, { method })
      await expect(call).rejects.toMatchObject({
        code: 'redirect_refused',
        cause: expect.objectContaining({ code: 'target_not_allowed' }),
      })
      await expect(call).rejects.toSatisfy(isTargetNotAllowedError)
    }
    expect(server.requests).toHaveLength(4)
    expect(stranger.requests).toHaveLength(0)
  })

  test.each(statuses)('%i to another target carries the token for that one', async (status) => {
    await using other = await startServer((seen, _request, response) => response.end(seen.method))
    await using server = await startRedirector(status, () => `${other.url}/there`)
    const serviceFetch = serviceFetchFor(createIdentity(), server.url, other.url)
    const response = await serviceFetch(server.url, {
      method: 'POST',
      body: 'hello',
      headers: { cookie: 'a=1', 'x-trace': '7', 'content-type': 'text/x-test' },
    })
    const [seen] = other.requests
    for (const header of headers) expect(audienceOf(seen, header)).toBe(`aud of ${other.url}`)
    expect(seen?.headers.cookie).toBeUndefined()
    expect(seen?.headers['x-trace']).toBe('7')
    const kept = status >= 307
    expect(await response.text()).toBe(kept ? 'POST' : 'GET')
    expect(seen?.body).toBe(kept ? 'hello' : '')
    expect(seen?.headers['content-type']).toBe(kept ? 'text/x-test' : undefined)
    expect(response.url).toBe(`${other.url}/there`)
  })

  test.each([
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', ''],
    [303, 'GET', 'GET'],
  ])('%i turns %s into %s', async (status, method, arrives) => {
    await using server = await startRedirector(status, () => '/end')
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    expect(await (await serviceFetch(server.url, { method })).text()).toBe(arrives)
  })

  test.each([303, 307])('%i keeps what tells of the body only with the body', async (status) => {
    await using server = await startRedirector(status, () => '/end')
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    const sent = {
      'content-encoding': 'br',
      'content-language': 'en',
      'content-location': '/first',
      'content-type': 'text/x-test',
    }
    await serviceFetch(server.url, { method: 'POST', body: 'hello', headers: sent })
    const arrived = server.requests.at(-1)?.headers ?? {}
    const names = Object.keys(arrived).filter((name) => name.startsWith('content-'))
    const all = ['content-length', ...Object.keys(sent)]
    expect(names.toSorted()).toEqual(status === 307 ? all.toSorted() : [])
  })

  test("within a target keeps the user's own headers", async () => {
    await using server = await startRedirector(302, () => '/end')
    const serviceFetch = createServiceFetch({
      targets: [{ url: server.url, headers: ['x-caller-authorization'] }],
      identity: createIdentity(),
    })
    const sent = { authorization: 'Bearer of-an-end-user', cookie: 'a=1' }
    await serviceFetch(server.url, { headers: sent })
    expect(server.requests[1]?.headers).toMatchObject(sent)
  })

  test("that leaves a target drops an end user's Authorization, even on one origin", async () => {
    await using server = await startRedirector(302, () => '/end/b')
    const serviceFetch = createServiceFetch({
      targets: [
        { url: `${server.url}/a`, headers: ['x-caller-authorization'], audience: 'a' },
        { url: `${server.url}/end`, headers: ['x-caller-authorization'], audience: 'b' },
      ],
      identity: createIdentity(),
    })
    await serviceFetch(`${server.url}/a`, { headers: { authorization: 'Bearer of-an-end-user' } })
    expect(server.requests[0]?.headers.authorization).toBe('Bearer of-an-end-user')
    expect(server.requests[1]?.headers.authorization).toBeUndefined()
    expect(audienceOf(server.requests[1], 'x-caller-authorization')).toBe('b')
  })

  test("that leaves a target drops a user's X-Caller-Authorization, too", async () => {
    await using other = await startServer((_seen, _request, response) => response.end())
    await using server = await startRedirector(302, () => other.url)
    const serviceFetch = serviceFetchFor(createIdentity(), server.url, other.url)
    await serviceFetch(server.url, { headers: { 'x-caller-authorization': 'Bearer of-a-user' } })
    expect(server.requests[0]?.headers['x-caller-authorization']).toBe('Bearer of-a-user')
    expect(other.requests[0]?.headers['x-caller-authorization']).toBeUndefined()
  })

  test.each([
    ['headers', { headers: ['authorization'] }],
    ['audience', { audience: 'b', headers: ['x-caller-authorization'] }],
  ] as const)('to a target with other %s takes nothing of the user along', async (_, more) => {
    await using server = await startRedirector(303, () => '/end')
    const first = { methods: ['POST'], headers: ['x-caller-authorization' as const] }
    const serviceFetch = createServiceFetch({
      targets: [
        { url: server.url, ...first },
        { url: server.url, methods: ['GET'], ...more },
      ],
      identity: createIdentity(),
    })
    const headers = { authorization: 'Bearer of-an-end-user', cookie: 'a=1' }
    await serviceFetch(server.url, { method: 'POST', headers })
    expect(server.requests[0]?.headers).toMatchObject(headers)
    expect(server.requests[1]?.headers.cookie).toBeUndefined()
    const { headers: seen } = server.requests[1] ?? {}
    expect(JSON.stringify(seen)).not.toContain('of-an-end-user')
    expect(audienceOf(server.requests[1], more.headers[0])).toBe(
      'audience' in more ? 'b' : server.url,
    )
  })

  test('to a target at another URL takes nothing along, though its audience is the same', async () => {
    await using other = await startServer((_seen, _request, response) => response.end())
    await using server = await startRedirector(307, () => other.url)
    const audience = 'one for both'
    const serviceFetch = createServiceFetch({
      targets: [server, other].map(({ url }) => ({ url, audience })),
      identity: createIdentity(),
    })
    await serviceFetch(server.url, { headers: { cookie: 'a=1' } })
    expect(server.requests[0]?.headers.cookie).toBe('a=1')
    expect(other.requests[0]?.headers.cookie).toBeUndefined()
  })

  test('lets go of its own body', async () => {
    let isCancelled = false
    const unread = new ReadableStream({
      cancel() {
        isCancelled = true
      },
    })
    const answers = [
      new Response(unread, { status: 302, headers: { location: '/end' } }),
      new Response('well'),
    ]
    const serviceFetch = createServiceFetch({
      targets: ['https://svc.example'],
      identity: createIdentity(),
      fetch: async () => answers.shift() ?? Response.error(),
    })
    expect(await (await serviceFetch('https://svc.example')).text()).toBe('well')
    expect(isCancelled).toBe(true)
  })

  test('to another rule of the same service keeps what the user sent along', async () => {
    await using server = await startRedirector(303, () => '/end')
    const headers = ['x-caller-authorization'] as const
    const serviceFetch = createServiceFetch({
      targets: [
        { url: server.url, headers, methods: ['POST'] },
        { url: server.url, headers, methods: ['GET'], paths: ['/end'] },
      ],
      identity: createIdentity(),
    })
    const sent = { authorization: 'Bearer of-an-end-user' }
    await serviceFetch(server.url, { method: 'POST', headers: sent })
    expect(server.requests[1]?.headers).toMatchObject(sent)
  })

  test('from https to http of the same host is refused, and named', async () => {
    const url = 'https://svc.example'
    const asked: string[] = []
    const serviceFetch = createServiceFetch({
      targets: [url],
      identity: createIdentity(),
      async fetch(url) {
        asked.push(url)
        return new Response(null, { status: 301, headers: { location: 'http://svc.example/' } })
      },
    })
    await expect(serviceFetch(url)).rejects.toMatchObject({
      code: 'redirect_refused',
      cause: expect.objectContaining({ code: 'insecure_target' }),
    })
    expect(asked).toEqual([`${url}/`])
  })

  test('is held to methods and paths', async () => {
    await using server = await startRedirector(302, () => '/admin')
    const serviceFetch = createServiceFetch({
      targets: [{ url: server.url, paths: ['/a'] }],
      identity: createIdentity(),
    })
    await expect(serviceFetch(`${server.url}/a`)).rejects.toMatchObject({
      code: 'redirect_refused',
      cause: expect.objectContaining({ code: 'operation_not_allowed' }),
    })
  })

  test.each([
    ['//evil.example/'],
    ['\\\\evil.example'],
    ['http://evil.example/'],
    ['https://127.0.0.1@evil.example/'],
    ['https://evil.example./'],
    ['data:text/html,hello'],
    ['javascript:alert(1)'],
    ['http://[broken'],
  ])('to %s is refused', async (location) => {
    await using server = await startRedirector(302, () => location)
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    await expect(serviceFetch(server.url)).rejects.toMatchObject({ code: 'redirect_refused' })
    expect(server.requests).toHaveLength(1)
  })

  test('to the same host with a user in the URL is refused', async () => {
    await using server = await startRedirector(
      302,
      ({ headers: { host } }) => `http://a:b@${host}/`,
    )
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    await expect(serviceFetch(server.url)).rejects.toMatchObject({ code: 'redirect_refused' })
  })

  test('without a Location is the answer', async () => {
    await using server = await startServer((_seen, _request, response) => {
      response.writeHead(302).end()
    })
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    expect((await serviceFetch(server.url)).status).toBe(302)
  })

  test('is followed twenty times, and no more', async () => {
    await using server = await startRedirector(302, ({ url }) => {
      const hops = Number(url.slice(1))
      return hops === 0 ? '/end' : `/${hops - 1}`
    })
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    expect(await (await serviceFetch(`${server.url}/19`)).text()).toBe('GET')
    await expect(serviceFetch(`${server.url}/20`)).rejects.toMatchObject({
      code: 'redirect_refused',
    })
  })

  test('of a stream is followed where the body is dropped, and refused where it is kept', async () => {
    const stream = (): RequestInit => ({
      method: 'POST',
      body: new Blob(['hello']).stream(),
      duplex: 'half',
    })
    for (const [status, outcome] of [
      [303, 'GET'],
      [307, undefined],
    ] as const) {
      await using server = await startRedirector(status, () => '/end')
      const call = serviceFetchFor(createIdentity(), server.url)(server.url, stream())
      if (outcome) expect(await (await call).text()).toBe(outcome)
      else await expect(call).rejects.toMatchObject({ code: 'redirect_refused' })
    }
  })

  test('is the answer where the user wants it so', async () => {
    await using stranger = await startStranger()
    await using server = await startRedirector(302, () => stranger.url)
    const serviceFetch = serviceFetchFor(createIdentity(), server.url)
    const response = await serviceFetch(server.url, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, stranger.url])
    await expect(serviceFetch(server.url, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(stranger.requests).toHaveLength(0)
  })

  test('to a stranger is followed unsigned in report-only mode, without credentials', async () => {
    await using stranger = await startStranger()
    await using server = await startRedirector(307, () => stranger.url)
    const codes: unknown[] = []
    const serviceFetch = createServiceFetch({
      targets: [{ url: server.url, headers: ['x-caller-authorization'] }],
      identity: createIdentity(),
      mode: 'report-only',
      log: false,
      onCall: ({ code }) => codes.push(code),
    })
    const init = { headers: { authorization: 'Bearer of-an-end-user', 'x-trace': '7' } }
    expect(await (await serviceFetch(server.url, init)).text()).toBe('trapped')
    expect(stranger.requests[0]?.headers).toMatchObject({ 'x-trace': '7' })
    expect(stranger.requests[0]?.headers.authorization).toBeUndefined()
    expect(stranger.requests[0]?.headers['x-caller-authorization']).toBeUndefined()
    expect(codes).toEqual([undefined, 'redirect_refused'])
  })

  test('to what its target does not allow is followed and signed in report-only mode', async () => {
    await using server = await startRedirector(307, () => '/end')
    const events: unknown[] = []
    const serviceFetch = createServiceFetch({
      targets: [{ url: server.url, paths: ['/a'], headers: ['x-caller-authorization'] }],
      identity: createIdentity(),
      mode: 'report-only',
      log: false,
      onCall: (event) => events.push(event),
    })
    const init = { headers: { authorization: 'Bearer of-an-end-user' } }
    await serviceFetch(`${server.url}/a`, init)
    expect(server.requests[1]?.headers).toMatchObject(init.headers)
    expect(audienceOf(server.requests[1], 'x-caller-authorization')).toBe(server.url)
    expect(events).toMatchObject([
      { status: 307, refusedBy: undefined },
      { status: 200, refusedBy: 'caller', code: 'redirect_refused', enforced: false },
    ])
  })

  test('to another path of the same origin is followed unsigned in report-only mode', async () => {
    await using server = await startRedirector(307, () => '/end')
    const serviceFetch = createServiceFetch({
      targets: [{ url: `${server.url}/a`, headers: ['x-caller-authorization'] }],
      identity: createIdentity(),
      mode: 'report-only',
      log: false,
    })
    const init = { headers: { authorization: 'Bearer of-an-end-user' } }
    await serviceFetch(`${server.url}/a`, init)
    expect(server.requests[1]?.headers).toMatchObject(init.headers)
    expect(server.requests[1]?.headers['x-caller-authorization']).toBeUndefined()
  })

  test('is followed though its own body breaks', async () => {
    const body = new ReadableStream({
      cancel() {
        throw new Error('broken')
      },
    })
    const answers = [
      new Response(body, { status: 302, headers: { location: '/end' } }),
      new Response('end'),
    ]
    const serviceFetch = createServiceFetch({
      targets: ['https://svc.example'],
      identity: createIdentity(),
      fetch: async () => answers.shift() ?? Response.error(),
    })
    expect(await (await serviceFetch('https://svc.example')).text()).toBe('end')
  })
})
