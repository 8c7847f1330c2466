import { createServiceFetch, type FetchLike, type ServiceFetch } from '@countersign/caller'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { startEcho, startServer } from './_server.ts'
import { createIdentity } from './_tokens.ts'

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
