import { type CallEvent, createServiceFetch, type ServiceFetchOptions } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { closedPort, startServer } from '../_server.ts'
import { createClock, createIdentity } from '../_tokens.ts'

type Recorded = { events: CallEvent[]; serviceFetch: ReturnType<typeof createServiceFetch> }

function record(options: Omit<ServiceFetchOptions, 'onCall'>): Recorded {
  const events: CallEvent[] = []
  const serviceFetch = createServiceFetch({ ...options, onCall: (event) => events.push(event) })
  return { events, serviceFetch }
}

describe('onCall', () => {
  test('is told of an answer', async () => {
    const now = createClock()
    await using server = await startServer((_seen, _request, response) => {
      now.forward(7)
      response.writeHead(201).end()
    })
    const { events, serviceFetch } = record({
      targets: [{ url: server.url, name: 'svc' }],
      identity: createIdentity(now),
      now,
    })
    await serviceFetch(`${server.url}/a?secret=1`, { method: 'POST' })
    expect(events).toEqual([
      {
        target: 'svc',
        method: 'POST',
        url: `${server.url}/a`,
        status: 201,
        refusedBy: undefined,
        code: undefined,
        enforced: true,
        attempt: 1,
        tokenAgeMs: 7,
        durationMs: 7,
      },
    ])
  })

  test('is told of each attempt, and of who refused it', async () => {
    let count = 0
    await using server = await startServer((_seen, _request, response) => {
      if (count++ === 1) response.writeHead(401, { 'countersign-code': 'token_expired' })
      response.end()
    })
    const { events, serviceFetch } = record({ targets: [server.url], identity: createIdentity() })
    await serviceFetch(server.url)
    await serviceFetch(server.url)
    expect(events).toMatchObject([
      { attempt: 1, status: 200, target: server.url },
      { attempt: 1, status: 401, refusedBy: 'receiver', code: 'token_expired' },
      { attempt: 2, status: 200, refusedBy: undefined },
    ])
  })

  test('is told what this caller refused', async () => {
    const { events, serviceFetch } = record({
      targets: ['https://svc.example'],
      identity: createIdentity(),
    })
    await expect(serviceFetch('https://evil.example/a')).rejects.toThrow()
    await expect(serviceFetch.headers('https://evil.example/b')).rejects.toThrow()
    const code = 'target_not_allowed'
    const refused = { status: undefined, refusedBy: 'caller', code, enforced: true }
    expect(events).toMatchObject([
      { ...refused, url: 'https://evil.example/a', method: 'GET', target: undefined },
      { ...refused, url: 'https://evil.example/b', method: '' },
    ])
  })

  test('is told of the target that doesn’t allow a call, or leads it astray', async () => {
    const { events, serviceFetch } = record({
      targets: [{ url: 'https://svc.example', name: 'svc', methods: ['GET'] }],
      identity: createIdentity(),
      fetch: async () => new Response(null, { status: 302, headers: { location: '//evil' } }),
    })
    const method = 'POST'
    await expect(serviceFetch('https://svc.example/a', { method })).rejects.toThrow()
    await expect(serviceFetch.headers('https://svc.example/b', { method })).rejects.toThrow()
    await expect(serviceFetch('https://svc.example/c')).rejects.toThrow()
    const target = 'svc'
    expect(events).toMatchObject([
      { target, method, code: 'operation_not_allowed' },
      { target, method, code: 'operation_not_allowed' },
      { target, status: 302, code: undefined },
      { target, url: 'https://svc.example/c', code: 'redirect_refused' },
    ])
  })

  test('is not told of headers that another client sends: what becomes of them is not known', async () => {
    const { events, serviceFetch } = record({
      targets: ['https://svc.example'],
      identity: createIdentity(),
    })
    await serviceFetch.headers('https://svc.example')
    expect(events).toEqual([])
  })

  test('is told where there is no token, or no answer', async () => {
    const url = `http://${closedPort}`
    const identity = {
      async idToken() {
        throw new Error('down')
      },
    }
    const tokenless = record({ targets: [url], identity })
    await expect(tokenless.serviceFetch(url)).rejects.toThrow()
    expect(tokenless.events).toMatchObject([
      { target: url, refusedBy: 'caller', code: 'identity_unavailable', tokenAgeMs: undefined },
    ])
    await expect(tokenless.serviceFetch.headers(url, { method: 'get' })).rejects.toThrow('no token')
    expect(tokenless.events[1]).toMatchObject({
      target: url,
      method: 'GET',
      code: 'identity_unavailable',
    })
    const unanswered = record({ targets: [url], identity: createIdentity() })
    await expect(unanswered.serviceFetch(url)).rejects.toThrow(TypeError)
    expect(unanswered.events).toMatchObject([
      { target: url, status: undefined, refusedBy: undefined, code: undefined },
    ])
  })

  test('is told where the fetch throws at once', async () => {
    const { events, serviceFetch } = record({
      targets: ['https://svc.example'],
      identity: createIdentity(),
      fetch: () => raise(),
    })
    await expect(serviceFetch('https://svc.example')).rejects.toThrow('a bug')
    expect(events).toMatchObject([{ status: undefined, refusedBy: undefined, enforced: true }])
  })

  test.each([
    ['at once', () => raise()],
    ['later', async () => raise()],
  ])('breaks no call by what it throws %s', async (_when, onCall) => {
    await using server = await startServer((_seen, _request, response) => response.end('well'))
    const targets = [server.url]
    const serviceFetch = createServiceFetch({ targets, identity: createIdentity(), onCall })
    expect(await (await serviceFetch(server.url)).text()).toBe('well')
  })
})

function raise(): never {
  throw new Error('a bug')
}
