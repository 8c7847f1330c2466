import { text } from 'node:stream/consumers'
import { type CallEvent, createServiceFetch, metadataServer } from '@countersign/caller'
import { startEmulator } from '@countersign/emulator'
import { loadPolicy } from '@countersign/policy'
import { describe, expect, test } from 'vitest'
import { answerKeys } from '../../packages/receiver/test/_key-server.ts'
import { type Caller, outcomeOf, startCaller } from './_caller.ts'
import { answerMetadata, handTokens } from './_metadata.ts'
import { audience, email } from './_names.ts'
import { listening, published } from './_service.ts'

const post = { method: 'POST', body: 'hello' }

/** A caller that holds a token, and what its POSTs come to in the app. */
async function warmCaller(): Promise<{ caller: Caller; posts: string[] }> {
  const caller = await startCaller()
  expect(await caller.call()).toEqual({ outcome: '200' })
  caller.service.requests = 0
  const posts: string[] = []
  caller.service.app = async (request, response) => {
    posts.push(await text(request))
    response.end('done')
  }
  return { caller, posts }
}

describe('a POST that the application refuses with 401', () => {
  const bearer = 'Bearer realm="app", error="invalid_token", error_description="jwt expired"'
  const googles =
    'Bearer error="invalid_token" error_description="The access token could not be verified"'
  test.each([
    ['with JSON', { 'content-type': 'application/json' }],
    ['with HTML', { 'content-type': 'text/html; charset=utf-8' }],
    ['with nothing', {}],
    ['of its own passwords', { 'www-authenticate': 'Basic realm="app"' }],
    ['of its own tokens', { 'www-authenticate': bearer, 'content-type': 'application/json' }],
    ['of its own tokens, in HTML', { 'www-authenticate': bearer, 'content-type': 'text/html' }],
    ['of its own tokens, without a type', { 'www-authenticate': bearer }],
    ['in Google’s very words', { 'www-authenticate': googles, 'content-type': 'text/html' }],
    ['in its receiver’s name, for good', { 'countersign-code': 'claim_invalid' }],
    ['for want of a token', { 'www-authenticate': 'Bearer realm="app"' }],
  ])('%s is never sent twice', async (_, headers) => {
    const { caller, posts } = await warmCaller()
    caller.service.app = async (request, response) => {
      posts.push(await text(request))
      response.writeHead(401, headers).end('no')
    }
    expect(await caller.call(post)).toMatchObject({ outcome: expect.stringMatching(/^401/) })
    expect(posts).toEqual(['hello'])
    expect(caller.service.requests).toBe(1)
    expect(caller.metadata.asked).toBe(1)
  })
})

describe('a POST that the receiver refuses, since the token’s key was withdrawn', () => {
  /** A caller whose token counts no more, and who signs from now on. */
  async function withdrawn() {
    const { caller, posts } = await warmCaller()
    const { service, metadata } = caller
    const second = await service.issuer('second')
    service.keyServer.answer = answerKeys(published(second))
    expect(await service.call(await second.idToken({ email, audience }))).toMatchObject({
      outcome: '200',
    })
    service.requests = 0
    posts.length = 0
    return { caller, posts, second, service, metadata }
  }

  /** The same, and every token is signed with another key that nobody publishes. */
  async function refusingAll() {
    const world = await withdrawn()
    const { service, metadata } = world
    let issuers = 0
    metadata.asked = 0
    metadata.answer = async (response, aud) => {
      const issuer = await service.issuer(`unpublished-${++issuers}`)
      answerMetadata(200, await issuer.idToken({ email, audience: aud }))(response, aud)
    }
    return { ...world, issuers: () => issuers }
  }

  test('is sent once more, with another token, and reaches the app once', async () => {
    const { caller, posts, second, service, metadata } = await withdrawn()
    metadata.answer = handTokens({ now: () => caller.clock.time, issuer: () => second })
    expect(await caller.call(post)).toEqual({ outcome: '200' })
    expect(posts).toEqual(['hello'])
    expect(service.requests).toBe(2)
    expect(caller.events.slice(-2)).toMatchObject([
      { attempt: 1, status: 401, refusedBy: 'receiver', code: 'key_unknown' },
      { attempt: 2, status: 200, refusedBy: undefined },
    ])
  })

  test('is not, where the same token is handed out again, nor asked for at each call', async () => {
    const { caller, posts, service, metadata } = await withdrawn()
    for (let calls = 1; calls <= 10; calls += 1) {
      expect(await caller.call(post)).toEqual({ outcome: '401 key_unknown' })
      expect(service.requests).toBe(calls)
    }
    expect(metadata.asked).toBe(2)
    expect(posts).toEqual([])
  })

  test('is not, where the metadata server is down: the refusal is the answer', async () => {
    const { caller, service, metadata } = await withdrawn()
    metadata.asked = 0
    metadata.answer = (response) => response.destroy()
    for (let calls = 1; calls <= 100; calls += 1) {
      expect(await caller.call(post)).toEqual({ outcome: '401 key_unknown' })
      expect(service.requests).toBe(calls)
    }
    expect(metadata.asked).toBe(4) // one attempt, with its repetitions
  })

  test('is sent twice once, where each new token is refused as well', async () => {
    const { caller, service, issuers, metadata } = await refusingAll()
    for (let calls = 1; calls <= 100; calls += 1) {
      expect(await caller.call(post)).toEqual({ outcome: '401 key_unknown' })
      expect(service.requests).toBe(calls + 1)
    }
    expect([metadata.asked, issuers()]).toEqual([1, 1])
  })

  test('is not, where its body is a stream', async () => {
    const { caller, second, service, metadata } = await withdrawn()
    metadata.answer = handTokens({ now: () => caller.clock.time, issuer: () => second })
    const body = new Blob(['hello']).stream()
    expect(await caller.call({ method: 'POST', body, duplex: 'half' })).toEqual({
      outcome: '401 key_unknown',
    })
    expect(service.requests).toBe(1)
  })
})

describe('a POST that Cloud Run’s front door refuses, since the token expired there', () => {
  test('is sent once more, with another token, and reaches the app once', async () => {
    const posts: string[] = []
    const app = await listening(async (request, response) => {
      posts.push(await text(request))
      response.end('done')
    })
    let ahead = 0
    const policy = await loadPolicy({
      services: {
        login: { serviceAccount: email, calls: { profiles: {} } },
        profiles: { url: audience, serviceAccount: 'profiles@acme.iam.gserviceaccount.com' },
      },
    })
    await using emulator = await startEmulator({ policy, now: () => Date.now() + ahead })
    emulator.forwardTo('profiles', app)
    const events: CallEvent[] = []
    const url = emulator.frontDoor('profiles')
    const serviceFetch = createServiceFetch({
      targets: [{ url, audience, headers: ['authorization', 'x-serverless-authorization'] }],
      identity: metadataServer({ host: emulator.env('login').GCE_METADATA_HOST ?? '' }),
      onCall: (event) => events.push(event),
    })
    expect(await outcomeOf(serviceFetch(url, post))).toEqual({ outcome: '200' })
    ahead = 2 * 60 * 60_000
    expect(await outcomeOf(serviceFetch(url, post))).toEqual({ outcome: '200' })
    expect(posts).toEqual(['hello', 'hello'])
    expect(events.slice(1)).toMatchObject([
      { attempt: 1, status: 401, refusedBy: 'platform' },
      { attempt: 2, status: 200, refusedBy: undefined },
    ])
  })
})
