/** What report-only mode sends, signs and tells of, and what it refuses all the same. */

import {
  type CallEvent,
  createServiceFetch,
  type ServiceFetch,
  type ServiceFetchOptions,
} from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { closedPort, startServer, type TestServer } from './_server.ts'
import { createIdentity } from './_tokens.ts'

function startEcho(status = 200): Promise<TestServer> {
  return startServer((seen, _request, response) => response.writeHead(status).end(seen.body))
}

/** A caller in report-only mode, what it tells of, and its tokens. */
function reporting(options: Pick<ServiceFetchOptions, 'targets'> & Partial<ServiceFetchOptions>): {
  serviceFetch: ServiceFetch
  events: CallEvent[]
  minted: readonly string[]
} {
  const events: CallEvent[] = []
  const identity = createIdentity()
  const serviceFetch = createServiceFetch({
    identity,
    mode: 'report-only',
    log: false,
    onCall: (event) => events.push(event),
    ...options,
  })
  return { serviceFetch, events, minted: identity.minted }
}

describe('report-only', () => {
  useCleanEnvironment()

  test('sends what is on no list as it is, and tells of it and of its answer', async () => {
    await using stranger = await startEcho(403)
    const { serviceFetch, events } = reporting({ targets: ['https://svc.example'] })
    const headers = { authorization: 'Bearer of-the-user' }
    const url = `${stranger.url}/a?secret=1`
    const response = await serviceFetch(url, { method: 'POST', body: 'hello', headers })
    expect(await response.text()).toBe('hello')
    expect(stranger.requests[0]?.headers.authorization).toBe('Bearer of-the-user')
    expect(events).toEqual([
      {
        target: undefined,
        method: 'POST',
        url: `${stranger.url}/a`,
        status: 403,
        refusedBy: 'caller',
        code: 'target_not_allowed',
        enforced: false,
        attempt: 1,
        tokenAgeMs: undefined,
        durationMs: expect.any(Number),
      },
    ])
  })

  test('tells of a call that got no answer, too', async () => {
    const { serviceFetch, events } = reporting({ targets: ['https://svc.example'] })
    await expect(serviceFetch(`http://${closedPort}`)).rejects.toThrow(TypeError)
    expect(events).toMatchObject([
      { status: undefined, refusedBy: 'caller', code: 'target_not_allowed', enforced: false },
    ])
  })

  test('by the environment is the same', async () => {
    vi.stubEnv('COUNTERSIGN_MODE', 'report-only')
    await using stranger = await startEcho()
    const events: CallEvent[] = []
    const serviceFetch = createServiceFetch({
      targets: ['https://svc.example'],
      identity: createIdentity(),
      log: false,
      onCall: (event) => events.push(event),
    })
    expect((await serviceFetch(stranger.url)).status).toBe(200)
    expect(events).toMatchObject([{ code: 'target_not_allowed', enforced: false, status: 200 }])
    vi.stubEnv('COUNTERSIGN_MODE', 'enforce')
    const enforcing = createServiceFetch({ targets: ['https://svc.example'] })
    await expect(enforcing(stranger.url)).rejects.toMatchObject({ code: 'target_not_allowed' })
  })

  test.each([
    [{ methods: ['GET'] }, { method: 'POST', body: 'hello' }],
    [{ paths: ['/a'] }, {}],
  ])('signs a call of a listed target that %o does not allow', async (rules, init) => {
    await using server = await startEcho()
    const targets = [{ url: server.url, name: 'svc', ...rules }]
    const { serviceFetch, events, minted } = reporting({ targets })
    await serviceFetch(`${server.url}/b`, init)
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${minted[0]}`)
    expect(events).toMatchObject([
      {
        target: 'svc',
        status: 200,
        refusedBy: 'caller',
        code: 'operation_not_allowed',
        enforced: false,
        tokenAgeMs: expect.any(Number),
      },
    ])
  })

  test('leaves redirects of what it sends unsigned to the inner fetch', async () => {
    await using server = await startServer((seen, _request, response) => {
      if (seen.url === '/end') response.end('end')
      else response.writeHead(302, { location: '/end' }).end()
    })
    const { serviceFetch } = reporting({ targets: ['https://svc.example'] })
    expect(await (await serviceFetch(server.url)).text()).toBe('end')
    expect((await serviceFetch(server.url, { redirect: 'manual' })).status).toBe(302)
  })

  test.each([
    [{}, 'header_conflict'],
    [{ methods: ['GET'] }, 'operation_not_allowed'],
  ])('signs nothing where a header conflicts: %o', async (rules, code) => {
    await using server = await startEcho()
    const { serviceFetch, events, minted } = reporting({ targets: [{ url: server.url, ...rules }] })
    const headers = { authorization: 'Bearer mine' }
    await serviceFetch(server.url, { method: 'POST', headers })
    expect(server.requests[0]?.headers.authorization).toBe('Bearer mine')
    expect(minted).toEqual([])
    expect(events).toMatchObject([{ status: 200, refusedBy: 'caller', code, enforced: false }])
  })

  test.each([
    ['x-serverless-authorization', 'Bearer inbound'],
    ['Host', 'evil.example'],
    ['Proxy-Authorization', 'Basic x'],
  ])('refuses %s as ever, to whomever', async (name, value) => {
    await using server = await startEcho()
    const { serviceFetch, events } = reporting({ targets: [server.url] })
    for (const url of [server.url, 'https://evil.example']) {
      await expect(serviceFetch(url, { headers: { [name]: value } })).rejects.toMatchObject({
        code: 'header_conflict',
      })
    }
    expect(server.requests).toEqual([])
    const refused = { status: undefined, code: 'header_conflict', enforced: true }
    expect(events).toMatchObject([refused, refused])
  })
})

describe('headers(url) in report-only mode', () => {
  test('holds a token for a listed target, whatever it allows, and none for others', async () => {
    const { serviceFetch, events } = reporting({
      targets: [{ url: 'https://svc.example', methods: ['GET'] }],
    })
    const headers = await serviceFetch.headers('https://svc.example', { method: 'POST' })
    expect([...headers.keys()]).toEqual(['authorization'])
    expect([...(await serviceFetch.headers('https://evil.example'))]).toEqual([])
    expect(events).toMatchObject([
      { code: 'operation_not_allowed', target: 'https://svc.example', enforced: false },
      { code: 'target_not_allowed', target: undefined, enforced: false },
    ])
  })
})
