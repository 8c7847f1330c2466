import { createServiceFetch } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { startServer } from '../_server.ts'
import { createIdentity } from '../_tokens.ts'
import { audienceOf, headers, serviceFetchFor, startRedirector, statuses } from './_redirector.ts'

describe('a redirect', () => {
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

  test('carries the token in Proxy-Authorization only to the target that wants it there', async () => {
    await using other = await startServer((_seen, _request, response) => response.end())
    await using server = await startRedirector(307, () => other.url)
    const iap = { url: server.url, headers: ['proxy-authorization'], audience: 'client' } as const
    const serviceFetch = createServiceFetch({
      targets: [iap, other.url],
      identity: createIdentity(),
    })
    await serviceFetch(server.url, { headers: { authorization: 'Bearer of-the-app' } })
    expect(audienceOf(server.requests[0], 'proxy-authorization')).toBe('client')
    expect(other.requests[0]?.headers['proxy-authorization']).toBeUndefined()
    expect(audienceOf(other.requests[0], 'authorization')).toBe(other.url)
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
})
