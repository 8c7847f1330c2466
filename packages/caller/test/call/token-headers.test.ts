import { createServiceFetch, type Target } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from '../_environment.ts'
import { startServer } from '../_server.ts'
import { createIdentity } from '../_tokens.ts'

describe("the token's headers", () => {
  useCleanEnvironment()

  test.each([
    [{}, ['authorization']],
    [{ headers: ['x-serverless-authorization'] }, ['x-serverless-authorization']],
    [{ headers: ['proxy-authorization'] }, ['proxy-authorization']],
    [
      { headers: ['authorization', 'x-serverless-authorization'] },
      ['authorization', 'x-serverless-authorization'],
    ],
  ])('of a target with %o are %o', async (more, names) => {
    await using server = await startServer((_seen, _request, response) => response.end())
    const identity = createIdentity()
    const target = { url: server.url, ...more } as Target
    await createServiceFetch({ targets: [target], identity })(server.url)
    const carrying = Object.entries(server.requests[0]?.headers ?? {})
      .filter(([, value]) => value === `Bearer ${identity.minted[0]}`)
      .map(([name]) => name)
    expect(carrying).toEqual(names)
  })

  test('are both at the emulator', async () => {
    await using server = await startServer((_seen, _request, response) => response.end())
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:1')
    await createServiceFetch({ targets: [server.url], identity: createIdentity() })(server.url)
    const { authorization, 'x-serverless-authorization': twin } = server.requests[0]?.headers ?? {}
    expect(authorization).toMatch(/^Bearer /)
    expect(twin).toBe(authorization)
  })

  test("leave an end user's own alone", async () => {
    await using server = await startServer((_seen, _request, response) => response.end())
    const serviceFetch = createServiceFetch({
      targets: [{ url: server.url, headers: ['x-caller-authorization'] }],
      identity: createIdentity(),
    })
    await serviceFetch(server.url, { headers: { Authorization: 'Bearer of-an-end-user' } })
    expect(server.requests[0]?.headers.authorization).toBe('Bearer of-an-end-user')
  })

  test("are Proxy-Authorization's alone, where Identity-Aware Proxy hands the other on", async () => {
    await using server = await startServer((_seen, _request, response) => response.end())
    const target: Target = { url: server.url, headers: ['proxy-authorization'], audience: 'client' }
    const serviceFetch = createServiceFetch({ targets: [target], identity: createIdentity() })
    await serviceFetch(server.url, { headers: { authorization: 'Bearer of-the-app' } })
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer of-the-app',
      'proxy-authorization': expect.stringMatching(/^Bearer eyJ/),
    })
    const own = serviceFetch(server.url, { headers: { 'proxy-authorization': 'Bearer own' } })
    await expect(own).rejects.toMatchObject({ code: 'header_conflict' })
    expect(server.requests).toHaveLength(1)
    const names = [...(await serviceFetch.headers(server.url)).keys()]
    expect(names).toEqual(['proxy-authorization'])
  })

  test.each([
    [{ Authorization: 'Bearer mine' }, "set the target's headers"],
    [{ 'X-Serverless-Authorization': 'Bearer inbound' }, 'must not be passed on'],
    [{ Host: 'evil.example' }, 'the URL says which service'],
    [
      { 'Proxy-Authorization': 'Basic x' },
      "list it in the target's headers; for a proxy of your own, use the fetch option",
    ],
  ])('conflict with %o, and nothing is sent', async (headers, hint) => {
    await using server = await startServer((_seen, _request, response) => response.end())
    const identity = createIdentity()
    const serviceFetch = createServiceFetch({ targets: [server.url], identity })
    const conflict = { code: 'header_conflict', hint: expect.stringContaining(hint) }
    await expect(serviceFetch(server.url, { headers })).rejects.toMatchObject(conflict)
    const request = new Request(server.url, { headers })
    await expect(serviceFetch(request)).rejects.toMatchObject(conflict)
    expect([server.requests.length, identity.minted.length]).toEqual([0, 0])
  })

  test('conflict with one of them alone', async () => {
    const serviceFetch = createServiceFetch({
      targets: [
        { url: 'https://svc.example', headers: ['authorization', 'x-caller-authorization'] },
      ],
      identity: createIdentity(),
    })
    const headers = { 'x-caller-authorization': 'Bearer inbound' }
    await expect(serviceFetch('https://svc.example', { headers })).rejects.toMatchObject({
      message: expect.stringContaining('The request has a header "x-caller-authorization"'),
      hint: expect.stringContaining('authorization and x-caller-authorization'),
    })
  })

  test('conflict with the user where they are others than authorization', async () => {
    const serviceFetch = createServiceFetch({
      targets: [{ url: 'https://svc.example', headers: ['x-caller-authorization'] }],
      identity: createIdentity(),
    })
    const headers = { 'x-caller-authorization': 'Bearer inbound' }
    await expect(serviceFetch('https://svc.example', { headers })).rejects.toMatchObject({
      hint: 'Remove it: the token for https://svc.example goes into x-caller-authorization.',
    })
  })
})
