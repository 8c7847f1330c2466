import { EventEmitter } from 'node:events'
import {
  createServiceFetch,
  type FetchLike,
  type RequestFetchOptions,
  requestFetch,
} from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { createIdentity } from './_tokens.ts'

const url = 'https://svc.example/a'
const inbound = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'x-cloud-trace-context': 'abc/1;o=1',
  authorization: 'Bearer inbound',
  'x-serverless-authorization': 'Bearer inbound',
}

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
  const response = Object.assign(new EventEmitter(), { writableFinished: false })
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
    await bound(url, { headers: { traceparent: 'mine' } })
    expect(sent().get('traceparent')).toBe('mine')
    expect(sent().has('x-cloud-trace-context')).toBe(false)
  })

  test('is the same serviceFetch otherwise', () => {
    const { bound, serviceFetch } = answering()
    expect(bound.headers).toBe(serviceFetch.headers)
    expect(bound.ready).toBe(serviceFetch.ready)
    expect(bound.health).toBe(serviceFetch.health)
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

  test("keeps the caller's own signal", async () => {
    const controller = new AbortController()
    const { bound, calls } = answering()
    await bound(url, { signal: controller.signal })
    controller.abort()
    expect(calls[0]?.signal?.aborted).toBe(true)
  })
})
