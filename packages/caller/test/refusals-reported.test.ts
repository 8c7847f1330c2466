/** What the emulator is told of calls that its services refuse themselves. */

import { createServiceFetch, type ServiceFetchOptions } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { closedPort, startServer, type TestServer } from './_server.ts'
import { createIdentity } from './_tokens.ts'

const search = 'http://127.0.0.1:3'

function startEmulator(): Promise<TestServer> {
  return startServer((_seen, _request, response) => response.writeHead(204).end())
}

function started(emulator: string | undefined, options: Partial<ServiceFetchOptions> = {}) {
  vi.stubEnv('COUNTERSIGN_EMULATOR', emulator)
  vi.stubEnv('COUNTERSIGN_SERVICE', 'login')
  vi.stubEnv('COUNTERSIGN_SERVICE_URLS', '{"billing":"http://127.0.0.1:4"}')
  return createServiceFetch({
    targets: [{ name: 'search', url: search, methods: ['GET'] }],
    identity: createIdentity(),
    fetch: async () => new Response(),
    log: false,
    ...options,
  })
}

/** The reports so far, once there are so many. */
async function reported({ requests }: TestServer, count: number): Promise<unknown[]> {
  await vi.waitFor(() => expect(requests.length).toBeGreaterThanOrEqual(count))
  return requests.map(({ body }) => JSON.parse(body))
}

describe('the emulator', () => {
  useCleanEnvironment()

  test('is told of each refusal, without query and token', async () => {
    await using emulator = await startEmulator()
    const serviceFetch = started(emulator.url)
    const calls = [
      () => serviceFetch(`${search}/a?token=secret#x`, { method: 'POST' }),
      () => serviceFetch('http://127.0.0.1:4/charges?a=b'),
      () => serviceFetch('http://127.0.0.1:5/'),
      () => serviceFetch.headers(`${search}/a`),
    ]
    for (const call of calls) await expect(call()).rejects.toThrow()
    expect(await reported(emulator, 4)).toEqual(
      expect.arrayContaining([
        {
          service: 'login',
          method: 'POST',
          target: 'search',
          code: 'operation_not_allowed',
          path: '/a',
        },
        {
          service: 'login',
          method: 'GET',
          target: 'billing',
          code: 'target_not_allowed',
          path: '/charges',
        },
        { service: 'login', method: 'GET', code: 'target_not_allowed', path: '/' },
        {
          service: 'login',
          method: '-',
          target: 'search',
          code: 'operation_not_allowed',
          path: '/a',
        },
      ]),
    )
    expect(emulator.requests).toHaveLength(4)
    for (const { method, url, headers } of emulator.requests) {
      expect([method, url, headers['content-type']]).toEqual([
        'POST',
        '/emulator/v1/refusals',
        'application/json',
      ])
      expect(headers.authorization).toBeUndefined()
    }
  })

  test('is told where there was no token, and not of calls that are made', async () => {
    await using emulator = await startEmulator()
    const identity = { idToken: async () => 'x' }
    const refusing = started(emulator.url, { identity })
    await expect(refusing(search)).rejects.toMatchObject({ code: 'token_rejected' })
    await started(emulator.url)(search)
    const reporting = started(emulator.url, { mode: 'report-only' })
    await reporting(search, { method: 'POST' })
    await expect(refusing(search)).rejects.toThrow()
    expect(await reported(emulator, 2)).toMatchObject([
      { target: 'search', code: 'token_rejected' },
      { target: 'search', code: 'token_rejected' },
    ])
  })

  test('gets ten of a code a second, and each other target', async () => {
    await using emulator = await startEmulator()
    const clock = { time: 1_000_000 }
    const serviceFetch = started(emulator.url, { now: () => clock.time })
    for (let call = 0; call < 30; call++) await serviceFetch('http://a.example').catch(() => {})
    await serviceFetch('http://b.example/other').catch(() => {})
    await serviceFetch(`${search}/code`, { method: 'POST' }).catch(() => {})
    await serviceFetch('http://a.example').catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 1100))
    clock.time += 1000
    await serviceFetch('http://a.example/last').catch(() => {})
    const paths = (await reported(emulator, 13)) as { path: string }[]
    expect(paths.filter(({ path }) => path === '/')).toHaveLength(10)
    for (const later of ['/other', '/code', '/last'])
      expect(paths.filter(({ path }) => path === later)).toHaveLength(1)
  })

  test.each(['http', 'https'])('that does not answer over %s changes nothing', async (scheme) => {
    const serviceFetch = started(`${scheme}://${closedPort}`)
    await expect(serviceFetch('http://a.example')).rejects.toMatchObject({
      code: 'target_not_allowed',
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
  })

  test('is not asked where there is none', async () => {
    await using other = await startEmulator()
    const serviceFetch = started(undefined)
    await expect(serviceFetch(other.url)).rejects.toThrow()
    expect(other.requests).toEqual([])
  })
})
