import { inspect } from 'node:util'
import { createServiceFetch, isTargetNotAllowedError } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { closedPort } from '../_server.ts'
import { createIdentity } from '../_tokens.ts'
import {
  audienceOf,
  serviceFetchFor,
  startRedirector,
  startStranger,
  statuses,
} from './_redirector.ts'

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

  test('to the very token, as a user or a password, is refused in report-only mode too', async () => {
    const identity = createIdentity()
    await using server = await startRedirector(302, ({ headers: { host, authorization } }) => {
      const token = String(authorization).slice('Bearer '.length)
      return host?.startsWith('127') ? `http://u:${token}@localhost:1/` : `http://${token}@a/`
    })
    const serviceFetch = createServiceFetch({
      targets: [server.url],
      identity,
      mode: 'report-only',
      log: false,
    })
    const error: unknown = await serviceFetch(server.url).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'redirect_refused' })
    expect(inspect(error, { depth: 9 })).not.toContain(identity.minted[0])
  })

  test('to a target that can’t be reached fails as fetch does', async () => {
    const gone = `http://${closedPort}`
    await using server = await startRedirector(302, () => gone)
    const serviceFetch = serviceFetchFor(createIdentity(), server.url, gone)
    await expect(serviceFetch(server.url)).rejects.toThrow(new TypeError('fetch failed'))
  })

  test('whose target gets no token is a redirect that was not followed: the first call was made', async () => {
    await using server = await startRedirector(307, () => 'https://other.example/')
    const working = createIdentity()
    const identity = {
      idToken: (audience: string) =>
        audience === server.url ? working.idToken(audience) : Promise.reject(new Error('down')),
    }
    const serviceFetch = createServiceFetch({
      targets: [server.url, 'https://other.example'],
      identity,
    })
    await expect(serviceFetch(server.url, { method: 'POST' })).rejects.toMatchObject({
      code: 'redirect_refused',
      cause: expect.objectContaining({ code: 'identity_unavailable' }),
    })
    expect(server.requests).toHaveLength(1)
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
})
