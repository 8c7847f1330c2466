/** A `serviceFetch` beside Node's own fetch: what each sends, and what comes back. */

import { createHash } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { createServiceFetch, type FetchLike } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { startServer, type TestServer } from './_server.ts'
import { createIdentity } from './_tokens.ts'

type Call = (fetch: typeof globalThis.fetch, url: string) => Promise<unknown>

function startEcho(): Promise<TestServer> {
  return startServer(({ url, body }, _request, response) => {
    const location = locations[url]
    if (location) response.writeHead(302, { location }).end('moved')
    else response.end(`${url} ${body}`)
  })
}

/** Node hands out header values byte by byte: this is é in UTF-8. */
const locations: Record<string, string> = {
  '/moved': '/end',
  '/utf8': Buffer.from('/café').toString('latin1'),
  '/escaped': '/caf%C3%A9?a=b%20c',
}

/** What a call comes to: the answer, or the class of the error, and what was sent. */
async function outcomeOf(call: Call, fetch: typeof globalThis.fetch): Promise<unknown> {
  await using server = await startEcho()
  const said = await call(fetch, server.url).then(
    async (answer) => (answer instanceof Response ? [answer.status, await answer.text()] : answer),
    (error: Error) => [error.constructor.name, error.name],
  )
  const sent = server.requests.map(({ method, url, headers, body }) => {
    const { 'content-type': type, 'content-length': length } = headers
    return { method, url, body, length, type }
  })
  return { said, sent }
}

const ours: typeof globalThis.fetch = async (input, init) => {
  const { origin } = new URL(input instanceof Request ? input.url : String(input))
  const targets = [origin]
  return createServiceFetch({ targets, identity: createIdentity() })(input, init)
}

const calls: Record<string, Call> = {
  'a URL': (fetch, url) => fetch(new URL('/a?b=c#d', url)),
  'anything that says its URL': (fetch, url) => fetch({ toString: () => `${url}/a` } as never),
  'an object that only looks like a Request': (fetch, url) =>
    fetch({ url: `${url}/other`, headers: {}, toString: () => `${url}/a` } as never),
  'an init of null': (fetch, url) => fetch(url, null as never),
  'an init that is a number': (fetch, url) => fetch(url, 5 as never),
  'an init that is a string': (fetch, url) => fetch(url, 'POST' as never),
  'an init that is a function': (fetch, url) =>
    fetch(url, Object.assign(() => {}, { method: 'POST', body: 'a' }) as never),
  'an inherited init': (fetch, url) => fetch(url, Object.create({ method: 'POST', body: 'abc' })),
  'an init of another realm': (fetch, url) =>
    fetch(url, runInNewContext('({ method: "POST", body: "abc", headers: { "x-a": "1" } })')),
  'a redirect that there is not': (fetch, url) => fetch(url, { redirect: 'foo' as never }),
  'a redirect of null': (fetch, url) => fetch(url, { redirect: null as never }),
  'a redirect not to be followed': (fetch, url) => fetch(`${url}/moved`, { redirect: 'manual' }),
  'a redirect that is an error': (fetch, url) => fetch(`${url}/moved`, { redirect: 'error' }),
  'a redirect that is followed': (fetch, url) => fetch(`${url}/moved`),
  'a Location in UTF-8': (fetch, url) => fetch(`${url}/utf8`),
  'a Location that is escaped': (fetch, url) => fetch(`${url}/escaped`),
  'headers that are a number': (fetch, url) => fetch(url, { headers: 7 as never }),
  'headers of null': (fetch, url) => fetch(url, { headers: null as never }),
  'headers that are text': (fetch, url) => fetch(url, { headers: 'a: b' as never }),
  'a header of one part': (fetch, url) => fetch(url, { headers: [['a']] as never }),
  'a header of three parts': (fetch, url) => fetch(url, { headers: [['a', 'b', 'c']] as never }),
  'a header that is text': (fetch, url) => fetch(url, { headers: ['ab'] as never }),
  'a header with a line break': (fetch, url) => fetch(url, { headers: { a: 'b\nc' } }),
  'a method of null': (fetch, url) => fetch(url, { method: null as never }),
  'a method that is forbidden': (fetch, url) => fetch(url, { method: 'TRACE' }),
  'a GET with a body': (fetch, url) => fetch(url, { method: 'GET', body: 'a' }),
  'a stream without duplex': (fetch, url) =>
    fetch(url, { method: 'POST', body: new Blob(['a']).stream() }),
  'a Request whose body was read': async (fetch, url) => {
    const request = new Request(url, { method: 'POST', body: 'a' })
    await request.text()
    return fetch(request)
  },
  'a Request whose body is replaced': (fetch, url) =>
    fetch(new Request(url, { method: 'POST', body: 'abc' }), { body: 'defg' }),
  'a signal that was aborted': (fetch, url) => fetch(url, { signal: AbortSignal.abort() }),
  'a signal that was aborted with a reason': (fetch, url) =>
    fetch(url, { signal: AbortSignal.abort(new RangeError('why')) }),
  'a signal that is none': (fetch, url) => fetch(url, { signal: {} as never }),
  'an integrity that holds': (fetch, url) => fetch(url, { integrity: digestOf('/ ') }),
  'an integrity that does not': (fetch, url) => fetch(url, { integrity: digestOf('other') }),
}

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

describe('as fetch does it', () => {
  test.each(Object.entries(calls))('%s', async (_what, call) => {
    expect(await outcomeOf(call, ours)).toEqual(await outcomeOf(call, fetch))
  })
})

describe('as fetch does not', () => {
  /** What the inner fetch is handed. */
  async function initOf(init: object): Promise<RequestInit> {
    const inits: RequestInit[] = []
    const inner: FetchLike = async (_url, init) => {
      inits.push(init)
      return new Response()
    }
    const targets = ['https://svc.example']
    const serviceFetch = createServiceFetch({ targets, identity: createIdentity(), fetch: inner })
    await serviceFetch('https://svc.example', init)
    return inits[0] ?? {}
  }

  test('an init of another realm keeps what this package does not know', async () => {
    const init = await initOf(runInNewContext('({ priority: "high", next: { revalidate: 7 } })'))
    expect(init).toMatchObject({ priority: 'high', next: { revalidate: 7 } })
  })

  test('an integrity leaves a redirect alone that nobody follows', async () => {
    await using server = await startEcho()
    const integrity = digestOf('moved')
    const answer = await ours(`${server.url}/moved`, { redirect: 'manual', integrity })
    expect(answer.status).toBe(302)
  })

  test('an integrity ends at a redirect: only what is asked for can be held against it', async () => {
    await using server = await startEcho()
    const call = ours(`${server.url}/moved`, { integrity: digestOf('/end ') })
    await expect(call).rejects.toMatchObject({
      name: 'TypeError',
      cause: expect.objectContaining({ message: 'unexpected redirect' }),
    })
    expect(server.requests).toHaveLength(1)
  })

  test('an aborted call asks nobody for a token', async () => {
    const identity = createIdentity()
    const serviceFetch = createServiceFetch({ targets: ['https://svc.example'], identity })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(serviceFetch('https://svc.example', { signal })).rejects.toThrow('enough')
    expect(identity.minted).toEqual([])
  })

  test("a Request's body goes out as a stream, without its length", async () => {
    await using server = await startEcho()
    await ours(new Request(server.url, { method: 'POST', body: 'abc' }))
    expect(server.requests[0]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' })
    expect(server.requests[0]?.body).toBe('abc')
  })
})
