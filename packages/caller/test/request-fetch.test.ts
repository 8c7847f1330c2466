import { EventEmitter } from 'node:events'
import {
  createServiceFetch,
  type FetchLike,
  type RequestFetchOptions,
  requestFetch,
} from '@countersign/caller'
import { Request as UndiciRequest } from 'undici'
import { describe, expect, test } from 'vitest'
import { createIdentity } from './_tokens.ts'

const url = 'https://svc.example/a'
const inbound = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'x-cloud-trace-context': 'abc/1;o=1',
  authorization: 'Bearer inbound',
  'x-serverless-authorization': 'Bearer inbound',
}

const mine = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const traces = ['traceparent', 'x-cloud-trace-context']
const posted = { method: 'POST', body: 'hello', headers: { 'content-type': 'text/x-test' } }

/** The request and response of a server, and what was called while it was answered. */
function answering(options?: RequestFetchOptions, headers: object = inbound) {
  const calls: RequestInit[] = []
  const fetch: FetchLike = async (_url, init) => {
    calls.push(init)
    return new Response('well')
  }
  const serviceFetch = createServiceFetch({
    targets: [{ url: 'https://svc.example', name: 'svc' }],
    identity: createIdentity(),
    fetch,
  })
  const response = Object.assign(new EventEmitter(), { writableFinished: false, destroyed: false })
  const bound = requestFetch(
    serviceFetch,
    { request: { headers: { ...headers } }, response },
    options,
  )
  const sent = (call = 0): Headers => new Headers(calls[call]?.headers ?? {})
  return { bound, calls, sent, response, serviceFetch }
}

describe('requestFetch', () => {
  test('carries the trace, and none of the credentials', async () => {
    const { bound, sent } = answering()
    await bound(url, { headers: { 'x-a': '1' } })
    await bound.to('svc')(new Request(url, { headers: { 'x-b': '2' } }))
    for (const call of [0, 1]) {
      expect(sent(call).get('traceparent')).toBe(inbound.traceparent)
      expect(sent(call).get('x-cloud-trace-context')).toBe('abc/1;o=1')
      expect(sent(call).has('tracestate')).toBe(false)
      expect(sent(call).get('authorization')).not.toContain('inbound')
      expect(sent(call).has('x-serverless-authorization')).toBe(false)
    }
    expect([sent(0).get('x-a'), sent(1).get('x-b')]).toEqual(['1', '2'])
  })

  test('leaves a trace alone that the caller set', async () => {
    const { bound, sent } = answering()
    await bound(url, { headers: { traceparent: mine } })
    expect(sent().get('traceparent')).toBe(mine)
    expect(sent().has('x-cloud-trace-context')).toBe(false)
    await bound(url, { headers: { 'X-Cloud-Trace-Context': 'mine/1' } })
    expect(sent(1).has('traceparent')).toBe(false)
    expect(sent(1).get('x-cloud-trace-context')).toBe('mine/1')
  })

  test.each([
    { traceparent: `${inbound.traceparent}, ${inbound.traceparent}`, tracestate: 'a=b' },
    [
      ['traceparent', mine],
      ['Traceparent', mine],
    ] as [string, string][],
    { traceparent: 'undefined' },
    { tracestate: 'a=b' },
  ])('replaces a trace of the caller in which nobody finds a parent: %j', async (headers) => {
    const { bound, serviceFetch, sent } = answering()
    await bound(url, { headers })
    expect(sent().get('traceparent')).toBe(inbound.traceparent)
    expect(sent().has('tracestate')).toBe(false)
    await serviceFetch(new Request(url, { headers }))
    expect([sent(1).has('traceparent'), sent(1).has('tracestate')]).toEqual([false, false])
  })

  test('carries the trace in the headers for other clients', async () => {
    const { bound, serviceFetch } = answering()
    const headers = await bound.headers(url)
    expect(headers.get('authorization')).toMatch(/^Bearer [^i]/)
    expect(headers.get('traceparent')).toBe(inbound.traceparent)
    expect([...headers.keys()]).toEqual(['authorization', 'traceparent', 'x-cloud-trace-context'])
    expect([...(await serviceFetch.headers(url)).keys()]).toEqual(['authorization'])
  })

  test('carries the trace, and no token, for a call that is only reported', async () => {
    const serviceFetch = createServiceFetch({
      targets: ['https://svc.example'],
      identity: createIdentity(),
      mode: 'report-only',
      log: false,
    })
    const response = Object.assign(new EventEmitter(), { writableFinished: false })
    const bound = requestFetch(serviceFetch, { request: { headers: inbound }, response })
    const names = [...(await bound.headers('https://evil.example')).keys()]
    expect(names).toEqual(['traceparent', 'x-cloud-trace-context'])
  })

  test('has nothing to carry where there is no trace', async () => {
    const { bound, calls, sent } = answering({ abortOnDisconnect: 'never' }, {})
    await bound(url, { headers: { 'x-a': '1' } })
    expect([...sent().keys()]).toEqual(['authorization', 'x-a'])
    expect(calls[0]).not.toHaveProperty('signal')
  })

  test('is the same serviceFetch otherwise', () => {
    const { bound, serviceFetch } = answering()
    expect(bound.health()).toEqual(serviceFetch.health())
    expect(Object.keys(bound)).toEqual(Object.keys(serviceFetch))
    expect(() => bound.to('nobody')).toThrow(TypeError)
  })

  test('shares its tokens', async () => {
    const { bound, serviceFetch } = answering()
    await bound.ready()
    expect(serviceFetch.health().audiences[0]?.tokenAgeMs).toBeDefined()
  })

  test.each([
    ["undici's Request", () => new UndiciRequest(url, posted) as unknown as Request, undefined],
    ['a Request', () => new Request(url, posted), undefined],
    ['a Request as the init', () => url, () => new Request(url, posted)],
  ])('sends %s as serviceFetch does', async (_what, input, init) => {
    const { bound, calls, serviceFetch } = answering()
    await serviceFetch(input(), init?.())
    await bound(input(), init?.())
    const [plain, ours] = calls
    const own = (init?: RequestInit) => {
      const pairs = [...new Headers(init?.headers)]
      return pairs.filter(([name]) => !['authorization', ...traces].includes(name))
    }
    expect(own(ours)).toEqual(own(plain))
    expect(own(ours)).toContainEqual(['content-type', 'text/x-test'])
    expect(ours).toMatchObject({ method: 'POST', duplex: 'half', body: expect.anything() })
  })

  test('reads what it is called with once', async () => {
    const { bound, calls, response } = answering()
    let reads = 0
    const shifty: RequestInit = {
      get method() {
        return reads++ === 0 ? 'POST' : 'GET'
      },
    }
    await bound(url, shifty)
    response.emit('close')
    expect([reads, calls[0]?.method, calls[0]?.signal]).toEqual([1, 'POST', undefined])
  })

  test('rejects rather than throws', async () => {
    const { bound } = answering()
    const call = bound('/relative', { signal: {} as AbortSignal })
    await expect(call).rejects.toThrow(TypeError)
    await expect(bound(url, { signal: {} as AbortSignal })).rejects.toThrow(TypeError)
  })

  test('detaches a Request from its signal where the init says so', async () => {
    const controller = new AbortController()
    const { bound, calls } = answering()
    const request = new Request(url, { signal: controller.signal, method: 'POST' })
    await bound(request, { signal: null })
    controller.abort()
    expect(calls[0]?.signal ?? null).toBeNull()
  })

  test.each(['safe', true, null])('does not start with abortOnDisconnect: %o', (wrong) => {
    expect(() => answering({ abortOnDisconnect: wrong as never })).toThrow(TypeError)
    expect(() => answering({ abortOnDisconnect: wrong as never })).toThrow('abortOnDisconnect')
    expect(() => answering({ abort: 'all' } as never)).toThrow('no "abort"')
  })

  test('wants what createServiceFetch returned', () => {
    const { serviceFetch, response } = answering()
    const wrapped = Object.assign((...call: Parameters<typeof fetch>) => serviceFetch(...call), {
      ...serviceFetch,
    })
    const answered = { request: { headers: {} }, response }
    expect(() => requestFetch(wrapped, answered)).toThrow(TypeError)
    expect(() => requestFetch(wrapped, answered)).toThrow('what createServiceFetch returned')
  })

  test.each([
    ['safe-methods', 'GET', true],
    ['safe-methods', 'HEAD', true],
    ['safe-methods', 'OPTIONS', true],
    ['safe-methods', 'POST', false],
    ['all', 'POST', true],
    ['never', 'GET', false],
  ] as const)(
    'with %s a %s is given up when the client goes away: %s',
    async (mode, method, up) => {
      const { bound, calls, response } = answering({ abortOnDisconnect: mode })
      await bound(url, { method })
      await bound(new Request(url, { method }))
      response.emit('close')
      expect(calls.map(({ signal }) => signal?.aborted ?? false)).toEqual([up, up])
    },
  )

  test('gives nothing up once the answer is finished', async () => {
    const { bound, calls, response } = answering()
    await bound(url)
    response.writableFinished = true
    response.emit('close')
    expect(calls[0]?.signal?.aborted).toBe(false)
  })

  test('gives up at once what is called when the client has gone away already', async () => {
    const { bound, calls, response } = answering()
    response.destroyed = true
    await expect(bound(url)).rejects.toMatchObject({
      name: 'AbortError',
      message: 'the client went away',
    })
    await bound(url, { method: 'POST' })
    expect(calls).toMatchObject([{ method: 'POST' }])
    expect(calls[0]?.signal).toBeUndefined()
  })

  test('gives nothing up that is called after the answer was finished', async () => {
    const { bound, calls, response } = answering()
    Object.assign(response, { destroyed: true, writableFinished: true })
    await bound(url)
    expect(calls[0]?.signal?.aborted).toBe(false)
  })

  test('listens to the response once for all calls', async () => {
    const { bound, response } = answering()
    await bound(url, { method: 'POST' })
    expect(response.listenerCount('close')).toBe(0)
    for (let call = 0; call < 20; call++) await bound(url)
    expect(response.listenerCount('close')).toBe(1)
  })

  test("keeps the caller's own signal", async () => {
    const controller = new AbortController()
    const { bound, calls } = answering()
    await bound(url, { signal: controller.signal })
    controller.abort()
    expect(calls[0]?.signal?.aborted).toBe(true)
  })
})
