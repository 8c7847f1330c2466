import { createServiceFetch, type FetchLike, type ServiceFetch } from '@countersign/caller'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { startServer, startStreams, type TestServer } from './_server.ts'
import { createIdentity } from './_tokens.ts'

function startEcho(): Promise<TestServer> {
  return startServer((seen, _request, response) => {
    response.setHeader('content-type', 'text/plain')
    response.end(seen.body)
  })
}

describe('serviceFetch', () => {
  useCleanEnvironment()

  test('carries a token for the audience of the target', async () => {
    await using server = await startEcho()
    const identity = createIdentity()
    const serviceFetch = createServiceFetch({
      targets: [{ url: server.url, audience: 'https://svc.example' }],
      identity,
    })
    const response = await serviceFetch(`${server.url}/profiles/7?x=1`)
    expect(response).toBeInstanceOf(Response)
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      url: '/profiles/7?x=1',
      headers: { authorization: `Bearer ${identity.minted[0]}` },
    })
  })

  test('mints one token for a thousand calls, and for a hundred at once', async () => {
    const identity = createIdentity()
    const fetch: FetchLike = async () => new Response()
    const serviceFetch = createServiceFetch({ targets: ['https://svc.example'], identity, fetch })
    await Promise.all(Array.from({ length: 100 }, () => serviceFetch('https://svc.example')))
    for (let call = 0; call < 1000; call++) await serviceFetch('https://svc.example')
    expect(identity.minted).toHaveLength(1)
  })

  test('calls the inner fetch with a string and an init, redirects off', async () => {
    const calls: Parameters<FetchLike>[] = []
    const answer = new Response('untouched')
    const serviceFetch = createServiceFetch({
      targets: ['https://svc.example'],
      identity: createIdentity(),
      fetch: async (...call) => {
        calls.push(call)
        return answer
      },
    })
    expect(await serviceFetch(new URL('https://svc.example/a/../b#c'))).toBe(answer)
    expect(await serviceFetch(new Request('https://svc.example/b', { method: 'PUT' }))).toBe(answer)
    expect(calls).toMatchObject([
      ['https://svc.example/b#c', { redirect: 'manual', method: 'GET' }],
      ['https://svc.example/b', { redirect: 'manual', method: 'PUT' }],
    ])
  })

  test('looks up the global fetch at each call', async () => {
    const serviceFetch = createServiceFetch({
      targets: ['https://svc.example'],
      identity: createIdentity(),
    })
    vi.stubGlobal('fetch', async () => new Response('patched'))
    expect(await (await serviceFetch('https://svc.example')).text()).toBe('patched')
    vi.unstubAllGlobals()
  })

  test.each([
    ['text', () => 'hello', 'text/plain;charset=UTF-8'],
    ['bytes', () => Buffer.from('hello'), undefined],
    ['a Blob', () => new Blob(['hello'], { type: 'text/x-test' }), 'text/x-test'],
    [
      'a form',
      () => new URLSearchParams('hello'),
      'application/x-www-form-urlencoded;charset=UTF-8',
    ],
  ])('sends %s', async (_what, body, type) => {
    await using server = await startEcho()
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const init = { method: 'POST', body: body() }
    expect(await (await serviceFetch(server.url, init)).text()).toMatch(/^hello=?$/)
    expect(server.requests[0]?.headers['content-type']).toBe(type)
    expect(await (await serviceFetch(new Request(server.url, init))).text()).toMatch(/^hello=?$/)
    expect(server.requests[1]?.headers['content-type']).toBe(type)
  })

  test.each(['an init', 'a Request'])('sends a FormData of %s with its files', async (whose) => {
    await using server = await startEcho()
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const body = new FormData()
    body.append('file', new File(['content'], 'name.txt'))
    const init = { method: 'POST', body }
    if (whose === 'an init') await serviceFetch(server.url, init)
    else await serviceFetch(new Request(server.url, init))
    const { headers, body: arrived } = server.requests[0] ?? {}
    const [, boundary] =
      headers?.['content-type']?.match(/^multipart\/form-data; boundary=(.+)$/) ?? []
    expect(arrived).toMatch(new RegExp(`^--${boundary}\r\n`))
    expect(arrived).toContain('filename="name.txt"')
    expect(arrived).toContain('\r\n\r\ncontent\r\n')
  })

  test('keeps a Request whole, with keepalive too', async () => {
    await using server = await startEcho()
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    for (const keepalive of [false, true]) {
      const request = new Request(`${server.url}/a`, {
        method: 'PATCH',
        body: '{"a":1}',
        headers: { 'content-type': 'application/json', 'x-trace': '7' },
        keepalive,
      })
      expect(await (await serviceFetch(request)).json()).toEqual({ a: 1 })
      expect(request.bodyUsed).toBe(true)
    }
    for (const seen of server.requests) {
      expect(seen).toMatchObject({
        method: 'PATCH',
        url: '/a',
        headers: { 'content-type': 'application/json', 'x-trace': '7' },
      })
    }
  })

  test('streams both ways: each end sees a part before there is a next one', async () => {
    const up = Promise.withResolvers<string>()
    const parts: string[] = []
    await using server = await startStreams((request, response) => {
      response.write('first ')
      request.setEncoding('utf8').on('data', (part) => {
        parts.push(part)
        up.resolve(part)
        if (parts.length === 2) response.end('second')
      })
    })
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const call = serviceFetch(server.url, { method: 'POST', body: readable, duplex: 'half' })
    await writer.write(Buffer.from('one'))
    expect(await up.promise).toBe('one')
    const reader = (await call).body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe('first ')
    await writer.write(Buffer.from('two'))
    expect((await reader?.read())?.value).toBe('second')
    await writer.close()
    expect(parts).toEqual(['one', 'two'])
  })

  test('ends with the signal within a body, on its way there or back', async () => {
    const arrived = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    await using server = await startStreams((request, response) => {
      request.once('data', () => arrived.resolve())
      response.on('close', () => closed.resolve())
      if (request.method === 'GET') response.write('a part')
    })
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const back = new AbortController()
    const answer = await serviceFetch(server.url, { signal: back.signal })
    const text = answer.text()
    back.abort(new Error('enough'))
    await expect(text).rejects.toThrow('enough')

    const there = new AbortController()
    const { signal } = there
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const call = serviceFetch(server.url, {
      method: 'POST',
      body: readable,
      duplex: 'half',
      signal,
    })
    await writable.getWriter().write(Buffer.from('a part'))
    await arrived.promise
    there.abort(new Error('enough'))
    await expect(call).rejects.toThrow('enough')
    await closed.promise
  })

  test('ends with the signal, of the init or of a Request', async () => {
    await using server = await startServer(() => {})
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    await serviceFetch.ready()
    for (const inRequest of [false, true]) {
      const controller = new AbortController()
      const init = { signal: controller.signal }
      const call = inRequest
        ? serviceFetch(new Request(server.url, init))
        : serviceFetch(server.url, init)
      setTimeout(() => controller.abort(), 20)
      await expect(call).rejects.toMatchObject({ name: 'AbortError' })
    }
  })

  test('takes errors for answers, and rejects rather than throws', async () => {
    await using server = await startServer((_seen, _request, response) => {
      response.writeHead(500).end('broken')
    })
    const serviceFetch = createServiceFetch({ targets: [server.url], identity: createIdentity() })
    const response = await serviceFetch(server.url)
    expect([response.ok, response.status, await response.text()]).toEqual([false, 500, 'broken'])
    await expect(serviceFetch('/relative')).rejects.toThrow(TypeError)
  })

  test('is assignable to typeof fetch', () => {
    expectTypeOf<ServiceFetch>().toExtend<typeof fetch>()
    expectTypeOf<ReturnType<ServiceFetch['to']>>().toEqualTypeOf<typeof fetch>()
  })

  test('takes no wrong options', () => {
    // @ts-expect-error targets are required
    expect(() => createServiceFetch({})).toThrow(TypeError)
    // @ts-expect-error a mode is one of two
    expect(() => createServiceFetch({ targets: ['https://a.example'], mode: 'off' })).toThrow()
    // @ts-expect-error a target has a url
    expect(() => createServiceFetch({ targets: [{ name: 'a' }] })).toThrow(TypeError)
  })
})

describe('to(name)', () => {
  test('is relative to the target, and stays on it', async () => {
    await using server = await startEcho()
    const serviceFetch = createServiceFetch({
      targets: [
        { url: `${server.url}/api`, name: 'api' },
        { url: server.url, name: 'all' },
        'https://other.example',
      ],
      identity: createIdentity(),
    })
    await serviceFetch.to('api')('/profiles/7')
    await serviceFetch.to('all')('profiles/7')
    await serviceFetch.to('all')(new URL('/b', server.url))
    expect(server.requests.map(({ url }) => url)).toEqual(['/api/profiles/7', '/profiles/7', '/b'])
    for (const url of ['/../profiles', '//other.example/', 'https://other.example/', '/\\evil']) {
      await expect(serviceFetch.to('api')(url)).rejects.toMatchObject({
        code: 'target_not_allowed',
      })
    }
    expect(() => serviceFetch.to('nobody')).toThrow(TypeError)
  })
})

describe('to(name), asked again', () => {
  test('is the same function', () => {
    const targets = ['a', 'b'].map((name) => ({ url: `https://${name}.example`, name }))
    const { to } = createServiceFetch({ targets, identity: createIdentity() })
    expect(to('a')).toBe(to('a'))
    expect(to('a')).not.toBe(to('b'))
    for (let times = 0; times < 2; times++) {
      expect(() => to('nobody')).toThrow(
        new TypeError('No target is named "nobody": write one of a, b'),
      )
    }
    const nameless = createServiceFetch({ targets: ['https://a.example'] })
    expect(() => nameless.to('a')).toThrow('them with a name')
  })
})

describe('headers(url)', () => {
  const targets = [
    'https://svc-123.us-central1.run.app',
    { url: 'https://get.example', methods: ['GET'] },
    { url: 'https://mixed.example', headers: ['x-caller-authorization' as const] },
  ]

  test('holds the token in authorization alone, unless told', async () => {
    const identity = createIdentity()
    const serviceFetch = createServiceFetch({ targets, identity })
    const url = `${targets[0]}/a`
    expect([...(await serviceFetch.headers(url))]).toEqual([
      ['authorization', `Bearer ${identity.minted[0]}`],
    ])
    const names = async (header: Parameters<ServiceFetch['headers']>[1]): Promise<string[]> => {
      return [...(await serviceFetch.headers(new URL(url), header)).keys()]
    }
    expect(await names({ header: 'x-serverless-authorization' })).toEqual([
      'x-serverless-authorization',
    ])
    expect(await names({ header: ['authorization', 'x-serverless-authorization'] })).toEqual([
      'authorization',
      'x-serverless-authorization',
    ])
    expect([...(await serviceFetch.headers('https://mixed.example')).keys()]).toEqual([
      'x-caller-authorization',
    ])
  })

  test('wants the method where the target lists methods', async () => {
    const serviceFetch = createServiceFetch({ targets, identity: createIdentity() })
    const url = 'https://get.example'
    await expect(serviceFetch.headers(url)).rejects.toMatchObject({ code: 'operation_not_allowed' })
    const post = serviceFetch.headers(url, { method: 'post' })
    await expect(post).rejects.toMatchObject({ code: 'operation_not_allowed' })
    expect((await serviceFetch.headers(url, { method: 'get' })).has('authorization')).toBe(true)
    await expect(serviceFetch.headers('nonsense')).rejects.toThrow(TypeError)
  })

  test.each([
    [{ header: 'cookie' }, "header has 'cookie'"],
    [{ header: ['authorization', 'cookie'] }, "header has 'cookie'"],
    [{ header: ['authorization', 'authorization'] }, "header has 'authorization' twice"],
    [{ header: [] }, 'header must be a list of strings'],
    [{ header: 7 }, 'header must be a list of strings'],
    [{ methods: 'GET' }, "headers options has no 'methods'"],
    [{ method: 7 }, 'method must be a string'],
  ])('is refused with %o', async (options, message) => {
    const identity = createIdentity()
    const serviceFetch = createServiceFetch({ targets, identity })
    const headers = serviceFetch.headers(String(targets[0]), options as never)
    await expect(headers).rejects.toThrow(TypeError)
    await expect(headers).rejects.toThrow(message)
    expect(identity.minted).toEqual([])
  })
})

describe('ready()', () => {
  test('gets a token for each audience, or says why not', async () => {
    const identity = createIdentity()
    const targets = ['https://a.example', 'https://b.example', 'https://b.example/c']
    const serviceFetch = createServiceFetch({ targets, identity })
    await serviceFetch.ready()
    expect(identity.minted).toHaveLength(2)
    expect(serviceFetch.health().audiences).toMatchObject([
      { audience: 'https://a.example', tokenExpiresInMs: expect.any(Number) },
      { audience: 'https://b.example', tokenExpiresInMs: expect.any(Number) },
    ])
    const broken = createServiceFetch({ targets, identity: { idToken: async () => '<html>' } })
    await expect(broken.ready()).rejects.toMatchObject({ code: 'token_rejected' })
  })
})
