import { createServiceFetch, type IdentitySource, type ServiceFetch } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../_server.ts'
import { createIdentity } from '../_tokens.ts'

const platform = {
  'content-type': 'text/html;charset=utf-8',
  'www-authenticate':
    'Bearer error="invalid_token" error_description="The access token could not be verified"',
}
const receiver = { 'countersign-code': 'token_expired', 'content-type': 'application/problem+json' }
const application = { 'content-type': 'application/json' }

/** A service that is well for the first request, and refuses `refusals` after it. */
async function startRefuser(
  headers: Record<string, string>,
  { status = 401, refusals = 1 } = {},
): Promise<TestServer> {
  let count = 0
  return startServer((_seen, _request, response) => {
    count++
    if (count === 1 || count > 1 + refusals) response.end('well')
    else response.writeHead(status, headers).end('refused')
  })
}

/** Both: Cloud Run's front door stands before it. */
const headers = ['authorization', 'x-serverless-authorization'] as const

async function warm({ url }: TestServer, identity: IdentitySource): Promise<ServiceFetch> {
  const serviceFetch = createServiceFetch({ targets: [{ url, headers }], identity })
  await serviceFetch(url)
  return serviceFetch
}

const post = { method: 'POST', body: 'hello' }

describe('401 with a cached token', () => {
  test.each([
    ['the platform', platform],
    ['a receiver', receiver],
  ])('of %s is repeated once, with another token', async (_who, headers) => {
    await using server = await startRefuser(headers)
    const identity = createIdentity()
    const serviceFetch = await warm(server, identity)
    const response = await serviceFetch(server.url, post)
    expect(await response.text()).toBe('well')
    expect(server.requests.map(({ body }) => body)).toEqual(['', 'hello', 'hello'])
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${identity.minted[0]}`,
      `Bearer ${identity.minted[0]}`,
      `Bearer ${identity.minted[1]}`,
    ])
  })

  test('lets go of the answer that nobody reads', async () => {
    let isCancelled = false
    const refused = new ReadableStream({
      cancel() {
        isCancelled = true
      },
    })
    const answers = [
      new Response('well'),
      new Response(refused, { status: 401, headers: platform }),
      new Response('well'),
    ]
    const serviceFetch = createServiceFetch({
      targets: [{ url: 'https://svc.example', headers }],
      identity: createIdentity(),
      fetch: async () => answers.shift() ?? Response.error(),
    })
    await serviceFetch('https://svc.example')
    expect(await (await serviceFetch('https://svc.example')).text()).toBe('well')
    expect(isCancelled).toBe(true)
  })

  test('is repeated no second time', async () => {
    await using server = await startRefuser(platform, { refusals: 9 })
    const serviceFetch = await warm(server, createIdentity())
    expect((await serviceFetch(server.url, post)).status).toBe(401)
    expect(server.requests).toHaveLength(3)
  })

  test('of the application is the answer, and a POST is never sent twice', async () => {
    await using server = await startRefuser(application)
    const serviceFetch = await warm(server, createIdentity())
    const response = await serviceFetch(server.url, post)
    expect([response.status, await response.text()]).toEqual([401, 'refused'])
    expect(server.requests).toHaveLength(2)
  })

  test('is the answer where the body was a stream', async () => {
    await using server = await startRefuser(platform)
    const serviceFetch = await warm(server, createIdentity())
    const body = new Blob(['hello']).stream()
    const response = await serviceFetch(server.url, { method: 'POST', body, duplex: 'half' })
    expect([response.status, await response.text()]).toEqual([401, 'refused'])
    expect(server.requests).toHaveLength(2)
  })

  test('is the answer where the same token comes back', async () => {
    await using server = await startRefuser(platform)
    const [token] = await mintOne(server)
    const serviceFetch = await warm(server, { idToken: async () => token ?? '' })
    expect((await serviceFetch(server.url)).status).toBe(401)
    expect(server.requests).toHaveLength(2)
  })

  test('is the answer where no other token is to be had', async () => {
    await using server = await startRefuser(platform)
    const [token] = await mintOne(server)
    let asked = 0
    const serviceFetch = await warm(server, {
      async idToken() {
        if (asked++ > 0) throw new Error('down')
        return token ?? ''
      },
    })
    const response = await serviceFetch(server.url)
    expect([response.status, await response.text()]).toEqual([401, 'refused'])
  })

  test('ends with the signal while another token is awaited', async () => {
    await using server = await startRefuser(platform)
    const [token] = await mintOne(server)
    const controller = new AbortController()
    let asked = 0
    const serviceFetch = await warm(server, {
      async idToken() {
        if (asked++ === 0) return token ?? ''
        controller.abort(new Error('enough'))
        return new Promise(() => {})
      },
    })
    const call = serviceFetch(server.url, { signal: controller.signal })
    await expect(call).rejects.toThrow('enough')
  })
})

describe('no repetition', () => {
  test('where the token is new', async () => {
    await using server = await startServer((_seen, _request, response) => {
      response.writeHead(401, platform).end()
    })
    const targets = [{ url: server.url, headers }]
    const serviceFetch = createServiceFetch({ targets, identity: createIdentity() })
    expect((await serviceFetch(server.url)).status).toBe(401)
    expect(server.requests).toHaveLength(1)
  })

  test('where nobody but the application is there to challenge a token', async () => {
    await using server = await startRefuser(platform)
    const { url } = server
    const identity = createIdentity()
    const targets = [{ url, headers: ['x-caller-authorization' as const] }]
    const serviceFetch = createServiceFetch({ targets, identity })
    await serviceFetch(url)
    const sent = { ...post, headers: { authorization: 'Bearer of-an-end-user' } }
    expect((await serviceFetch(url, sent)).status).toBe(401)
    expect(server.requests.map(({ body }) => body)).toEqual(['', 'hello'])
    expect(identity.minted).toHaveLength(1)
  })

  test('where a receiver says what no token can mend, so that none is asked for', async () => {
    const refusal = { 'countersign-code': 'audience_mismatch' }
    await using server = await startRefuser(refusal, { refusals: 100 })
    const identity = createIdentity()
    const serviceFetch = await warm(server, identity)
    for (let call = 0; call < 100; call++) await (await serviceFetch(server.url)).text()
    expect([server.requests.length, identity.minted.length]).toEqual([101, 1])
  })

  test.each([
    ['the platform', platform],
    ['a receiver', receiver],
  ])('after 403 of %s', async (_who, headers) => {
    await using server = await startRefuser(headers, { status: 403 })
    const serviceFetch = await warm(server, createIdentity())
    expect((await serviceFetch(server.url)).status).toBe(403)
    expect(server.requests).toHaveLength(2)
  })
})

describe('waiting for a token', () => {
  test("ends with one caller's signal, and goes on for the others", async () => {
    await using server = await startServer((_seen, _request, response) => response.end('well'))
    const working = createIdentity()
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const identity: IdentitySource = {
      async idToken(audience) {
        await gate
        return working.idToken(audience)
      },
    }
    const serviceFetch = createServiceFetch({ targets: [server.url], identity })
    const controller = new AbortController()
    const impatient = serviceFetch(server.url, { signal: controller.signal })
    const patient = serviceFetch(server.url)
    controller.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    release()
    expect(await (await patient).text()).toBe('well')
    expect(working.minted).toHaveLength(1)
    expect(server.requests).toHaveLength(1)
  })
})

test('where no token is to be had, who asks is told so, and a call that was given up is no refusal', async () => {
  const events: unknown[] = []
  const identity: IdentitySource = { idToken: () => Promise.reject(new Error('down')) }
  const targets = ['https://svc.example']
  const unheard = createServiceFetch({ targets, identity })
  await expect(unheard('https://svc.example')).rejects.toMatchObject({
    code: 'identity_unavailable',
    message: 'The identity source returned no token for https://svc.example',
    hint: expect.stringContaining('See the cause'),
  })
  const heard = createServiceFetch({
    targets,
    identity: { idToken: () => new Promise(() => {}) },
    onCall: (event) => events.push(event),
  })
  const call = heard('https://svc.example', { signal: AbortSignal.timeout(10) })
  await expect(call).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(events).toEqual([])
})

async function mintOne({ url }: TestServer): Promise<string[]> {
  const identity = createIdentity()
  await identity.idToken(url)
  return identity.minted
}
