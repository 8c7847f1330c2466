/** Where calls go under the emulator, and what is refused because it would leave it. */

import {
  type CallEvent,
  createServiceFetch,
  requestFetch,
  type ServiceFetchOptions,
} from '@countersign/caller'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { closedPort, startServer, type TestServer } from './_server.ts'
import { createIdentity } from './_tokens.ts'

const search = 'https://search-123.us-central1.run.app'
const custom = 'https://search.acme.example'
const billing = 'https://billing-123.us-central1.run.app'
const billingDoor = 'http://127.0.0.1:4'
const policy = { digest: 'd', service: 'login' }

/** What a caller sends and reports: its inner fetch answers everything. */
function started(options: Pick<ServiceFetchOptions, 'targets'> & Partial<ServiceFetchOptions>) {
  const identity = createIdentity()
  const events: CallEvent[] = []
  const sent: string[] = []
  const serviceFetch = createServiceFetch({
    identity,
    log: false,
    onCall: (event) => events.push(event),
    fetch: async (url) => {
      sent.push(url)
      return new Response('hello')
    },
    ...options,
  })
  return { serviceFetch, identity, events, sent }
}

function startFrontDoor(): Promise<TestServer> {
  return startServer((_seen, _request, response) => response.end('hello'))
}

/** What the emulator sets in the environment of login. */
function emulate(searchDoor: string): void {
  vi.stubEnv('COUNTERSIGN_EMULATOR', `http://${closedPort}`)
  vi.stubEnv('COUNTERSIGN_SERVICE', 'login')
  const services = { search: searchDoor, billing: billingDoor }
  const doors = { [search]: searchDoor, [custom]: searchDoor, [billing]: billingDoor }
  vi.stubEnv('COUNTERSIGN_SERVICE_URLS', JSON.stringify(services))
  vi.stubEnv('COUNTERSIGN_FRONT_DOORS', JSON.stringify(doors))
}

const door = 'http://127.0.0.1:3'

describe('with the emulator', () => {
  useCleanEnvironment()
  beforeEach(() => emulate(door))

  test('a target in production leads to its front door, and keeps its audience', async () => {
    await using server = await startFrontDoor()
    emulate(server.url)
    const identity = createIdentity()
    const serviceFetch = createServiceFetch({ targets: [search], identity, log: false })
    const response = await serviceFetch(`${search}/a?b=c#d`)
    expect([response.url, await response.text()]).toEqual([`${server.url}/a?b=c`, 'hello'])
    await serviceFetch(new Request(`${server.url}/written`, { method: 'POST', body: 'x' }))
    expect(server.requests).toMatchObject([
      { url: '/a?b=c', headers: { authorization: `Bearer ${identity.minted[0]}` } },
      { url: '/written', body: 'x' },
    ])
    expect(server.requests[0]?.headers['x-serverless-authorization']).toBeDefined()
    expect(identity.minted).toHaveLength(1)
    expect(serviceFetch.health().audiences).toMatchObject([{ audience: search }])
  })

  test.each([
    [search, search],
    [`${search}/prefix`, search],
    ['https://green---search-123.us-central1.run.app', search],
    [custom, custom],
  ])('%s is the front door with the audience %s', async (url, audience) => {
    const { serviceFetch, sent } = started({ targets: [{ url, name: 'search' }] })
    await serviceFetch.to('search')('/x')
    await serviceFetch(`${url}/x`)
    const expected = `${door}${new URL(url).pathname.replace(/\/$/, '')}/x`
    expect(sent).toEqual([expected, expected])
    expect(serviceFetch.health().audiences).toMatchObject([{ audience }])
  })

  test('a target at the front door, as a policy has it, is called by its URL in production too', async () => {
    const { serviceFetch, sent } = started({
      targets: [{ name: 'search', url: door, audience: search }],
      policy,
    })
    await serviceFetch(`${search}/x`)
    expect(sent).toEqual([`${door}/x`])
  })

  test.each([
    [search, custom],
    [search, 'https://green---search-123.us-central1.run.app'],
    ['https://green---search-123.us-central1.run.app', search],
  ])('with %s on the list %s is refused, as in production', async (url, other) => {
    const { serviceFetch, sent } = started({ targets: [url] })
    await expect(serviceFetch(other)).rejects.toMatchObject({ code: 'target_not_allowed' })
    expect(sent).toEqual([])
  })

  test('a user in a URL in production is refused, and not taken off', async () => {
    const { serviceFetch, sent } = started({ targets: [search] })
    await expect(serviceFetch(search.replace('//', '//u:p@'))).rejects.toMatchObject({
      code: 'target_not_allowed',
    })
    expect(sent).toEqual([])
  })

  test.each(['enforce', 'report-only'] as const)(
    'a target beyond it is refused before a byte is sent, in %s mode too',
    async (mode) => {
      const targets = [{ url: 'https://elsewhere.example', methods: ['GET'] }]
      const { serviceFetch, sent, identity, events } = started({ targets, mode })
      const calls = [
        serviceFetch('https://elsewhere.example/a'),
        serviceFetch('https://elsewhere.example/a', { method: 'POST' }),
        serviceFetch.headers('https://elsewhere.example/a', { method: 'GET' }),
        requestFetch(serviceFetch, answered())('https://elsewhere.example/a'),
      ]
      for (const call of calls) {
        await expect(call).rejects.toMatchObject({
          name: 'TargetNotAllowedError',
          code: 'target_beyond_emulator',
          message:
            'https://elsewhere.example/a is beyond the emulator, whose tokens are worth nothing there',
          hint: 'Add the service to the policy, so that calls go to its front door, or run countersign dev --only login for genuine tokens.',
        })
      }
      expect([sent, identity.minted]).toEqual([[], []])
      expect(events).toHaveLength(4)
      expect(events).toMatchObject(
        Array(4).fill({ code: 'target_beyond_emulator', enforced: true, refusedBy: 'caller' }),
      )
    },
  )

  test('which service runs is not known where nothing started it', async () => {
    vi.stubEnv('COUNTERSIGN_SERVICE', undefined)
    const { serviceFetch } = started({ targets: ['https://elsewhere.example'] })
    await expect(serviceFetch('https://elsewhere.example')).rejects.toMatchObject({
      hint: expect.stringContaining('countersign dev --only SERVICE'),
    })
  })

  test('COUNTERSIGN_EMULATOR_ALLOW_BEYOND=yes lets calls leave, and nothing else does', async () => {
    const targets = ['https://elsewhere.example']
    vi.stubEnv('COUNTERSIGN_EMULATOR_ALLOW_BEYOND', 'true')
    await expect(started({ targets }).serviceFetch(`${targets}`)).rejects.toMatchObject({
      code: 'target_beyond_emulator',
    })
    vi.stubEnv('COUNTERSIGN_EMULATOR_ALLOW_BEYOND', 'yes')
    const { serviceFetch, sent } = started({ targets })
    await serviceFetch('https://elsewhere.example/a')
    expect(sent).toEqual(['https://elsewhere.example/a'])
  })

  test.each([
    ['http://localhost:5'],
    ['http://127.0.0.9:5'],
    ['http://[::1]:5'],
    [door],
    ['http://emulator:5'],
    ['http://search-door:5'],
  ])('%s is not beyond it, and may be http', async (url) => {
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://emulator:8790')
    vi.stubEnv('COUNTERSIGN_EMULATOR_ALLOW_HOST', 'emulator')
    vi.stubEnv('COUNTERSIGN_SERVICE_URLS', '{"search":"http://search-door:5"}')
    const { serviceFetch, sent } = started({ targets: [url] })
    await serviceFetch(`${url}/a`)
    expect(sent).toEqual([`${url}/a`])
  })

  test('an audience with a path is the front door below that path alone', async () => {
    vi.stubEnv('COUNTERSIGN_FRONT_DOORS', JSON.stringify({ 'https://gateway.example/a': door }))
    const { serviceFetch, sent } = started({ targets: ['https://gateway.example'] })
    await serviceFetch(`${door}/a/b`).catch(() => {})
    await expect(serviceFetch('https://gateway.example/ab')).rejects.toMatchObject({
      code: 'target_beyond_emulator',
    })
    const below = started({ targets: ['https://gateway.example/a'] })
    await below.serviceFetch('https://gateway.example/a/b')
    expect([sent, below.sent]).toEqual([[], [`${door}/a/b`]])
  })

  test('headers(url) are refused for a URL in production, to which another client would send them', async () => {
    const { serviceFetch, identity } = started({ targets: [{ name: 'search', url: search }] })
    await expect(serviceFetch.headers(`${search}/a`)).rejects.toMatchObject({
      code: 'target_beyond_emulator',
      message: `${search}/a is beyond the emulator, whose tokens are worth nothing there`,
      hint: `Write policy.url("search") in place of ${search}: with the emulator it is ${door}.`,
    })
    expect(identity.minted).toEqual([])
    expect((await serviceFetch.headers(`${door}/a`)).has('authorization')).toBe(true)
    vi.stubEnv('COUNTERSIGN_SERVICE_URLS', undefined)
    await expect(started({ targets: [search] }).serviceFetch.headers(search)).rejects.toMatchObject(
      { hint: expect.stringContaining(`Write ${door} in place of`) },
    )
  })

  test('COUNTERSIGN_EMULATOR_ALLOW_BEYOND=yes gives headers for a URL in production', async () => {
    vi.stubEnv('COUNTERSIGN_EMULATOR_ALLOW_BEYOND', 'yes')
    const { serviceFetch } = started({ targets: [search] })
    expect((await serviceFetch.headers(`${search}/a`)).has('authorization')).toBe(true)
  })

  test('headers(url) are empty for a URL in production on no list, in report-only mode', async () => {
    const { serviceFetch } = started({ targets: [search], mode: 'report-only' })
    expect([...(await serviceFetch.headers(billing))]).toEqual([])
  })

  test.each([search, door])('a redirect to %s stays with the service', async (to) => {
    const sent: [string, string | null][] = []
    const { serviceFetch } = started({
      targets: [search],
      fetch: async (url, { headers }) => {
        sent.push([url, new Headers(headers).get('cookie')])
        if (url.endsWith('/new')) return new Response()
        return new Response(null, { status: 302, headers: { location: `${to}/new` } })
      },
    })
    await serviceFetch(`${search}/old`, { headers: { cookie: 'a=b' } })
    expect(sent).toEqual([
      [`${door}/old`, 'a=b'],
      [`${door}/new`, 'a=b'],
    ])
  })

  test.each(['enforce', 'report-only'] as const)(
    'a redirect to a target beyond it is refused, in %s mode too',
    async (mode) => {
      const sent: string[] = []
      const { serviceFetch } = started({
        targets: [search, 'https://elsewhere.example'],
        mode,
        fetch: async (url) => {
          sent.push(url)
          return Response.redirect('https://elsewhere.example/a', 307)
        },
      })
      await expect(serviceFetch(search)).rejects.toMatchObject({
        code: 'redirect_refused',
        cause: { code: 'target_beyond_emulator' },
      })
      expect(sent).toEqual([`${door}/`])
    },
  )

  test('a call on no list goes out unsigned in report-only mode, to the front door', async () => {
    const { serviceFetch, sent } = started({ targets: [search], mode: 'report-only' })
    await serviceFetch(`${billing}/a`)
    await serviceFetch('https://api.other.example/b')
    expect(sent).toEqual([`${billingDoor}/a`, 'https://api.other.example/b'])
  })
})

describe('an error', () => {
  useCleanEnvironment()
  const fromPolicy = { targets: [{ name: 'search', url: door, audience: search }], policy }

  test.each([`${billing}/charges`, `${billingDoor}/charges`])(
    'under the emulator names services: %s',
    async (url) => {
      emulate(door)
      const { serviceFetch } = started(fromPolicy)
      await expect(serviceFetch(url)).rejects.toMatchObject({
        code: 'target_not_allowed',
        message: `login cannot call billing: ${url} is not a configured target`,
        hint: `Add "calls": { "billing": … } to login in the policy if login may call it. The policy lets login call search at ${door}.`,
      })
    },
  )

  test('names them without a policy, too', async () => {
    emulate(door)
    const { serviceFetch } = started({ targets: [search] })
    await expect(serviceFetch(billing)).rejects.toMatchObject({
      message: `login cannot call billing: ${billing}/ is not a configured target`,
      hint: `Add it to targets if this service may call it. The targets are ${door}.`,
    })
  })

  test('of options from a policy says what to add there, in production too', async () => {
    const { serviceFetch } = started({ targets: [{ name: 'search', url: search }], policy })
    await expect(serviceFetch(billing)).rejects.toMatchObject({
      message: `${billing}/ is not a configured target`,
      hint: `Add "calls" to login in the policy if login may call it. The policy lets login call search at ${search}.`,
    })
    expect(() => serviceFetch.to('serch')).toThrow(
      new TypeError(
        'No target is named "serch": write one of search, or add "calls": { "serch": … } to login in the policy',
      ),
    )
  })

  test('of a policy that does not say for whom it is speaks of this service', async () => {
    const targets = [{ name: 'search', url: search, methods: ['GET'] }]
    const { serviceFetch } = started({ targets, policy: { digest: 'd' } })
    await expect(serviceFetch(search, { method: 'POST' })).rejects.toMatchObject({
      code: 'operation_not_allowed',
      message: `The target search does not allow POST ${search}/`,
      hint: 'It allows GET on any path. Add the method and the path to "calls": { "search": … } of this service in the policy if this service may use them.',
    })
  })

  test('of targets that were written says to add to them', () => {
    const { serviceFetch } = started({ targets: [search] })
    expect(() => serviceFetch.to('search')).toThrow(
      new TypeError(
        'No target is named "search": write one of them with a name, or add it to targets',
      ),
    )
  })
})

/** A request that is being answered. */
function answered(): Parameters<typeof requestFetch>[1] {
  return { request: { headers: {} }, response: { once: () => {}, writableFinished: false } }
}
