import type { IncomingHttpHeaders } from 'node:http'
import type { SignCallsOptions } from '@countersign/express'
import { createTestIssuer, type TestIssuer } from '@countersign/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Adapter } from './adapter.ts'
import { listen } from './listen.ts'

const login = 'login@acme.iam.gserviceaccount.com'

/** Whatever may name a caller or a person, and is meant for the service that gets it alone. */
const credentials = [
  'authorization',
  'x-serverless-authorization',
  'x-caller-authorization',
  'x-forwarded-authorization',
  'proxy-authorization',
  'cookie',
  'x-goog-iap-jwt-assertion',
  'x-goog-authenticated-user-email',
  'x-apigateway-api-userinfo',
]

/** What `signCalls` has to do in every framework. */
export function signCallsContract(adapter: Adapter): void {
  let issuer: TestIssuer

  beforeAll(async () => {
    issuer = await createTestIssuer()
  })

  async function fixture() {
    const seen: IncomingHttpHeaders[] = []
    let tokens = 0
    const downstream = await listen((request, response) => {
      seen.push(request.headers)
      if (request.url !== '/slow') response.end('answered')
    })
    const identity = {
      idToken: async (audience: string) => {
        tokens += 1
        return issuer.idToken({ email: login, audience })
      },
    }
    const app = await adapter.calling({ targets: [downstream], identity })
    return { app, downstream, seen, tokens: () => tokens }
  }

  describe(`signCalls in ${adapter.name}`, () => {
    test('a call carries a token of this service', async () => {
      const { app, downstream, seen } = await fixture()
      const answer = await fetch(`${app.url}/?to=${downstream}/a`)
      expect(await answer.text()).toBe('answered')
      expect(seen[0]?.authorization).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)
    })

    test('all requests share one token', async () => {
      const { app, downstream, tokens } = await fixture()
      await Promise.all(Array.from({ length: 20 }, () => fetch(`${app.url}/?to=${downstream}/a`)))
      expect(tokens()).toBe(1)
    })

    test("the request's trace goes on, and its credentials don't", async () => {
      const { app, downstream, seen } = await fixture()
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
      await fetch(`${app.url}/?to=${downstream}/a`, {
        headers: {
          traceparent,
          tracestate: 'a=1',
          ...Object.fromEntries(credentials.map((name) => [name, 'Bearer inbound'])),
        },
      })
      expect(seen[0]).toMatchObject({ traceparent, tracestate: 'a=1' })
      expect(JSON.stringify(seen)).not.toContain('inbound')
    })

    test('a handler that copies inbound credentials is refused', async () => {
      const { app, downstream, seen } = await fixture()
      for (const name of ['authorization', 'x-serverless-authorization']) {
        const forward = JSON.stringify({ [name]: 'Bearer inbound' })
        const answer = await fetch(`${app.url}/?to=${downstream}/a`, {
          headers: { 'x-forward': forward },
        })
        expect(await answer.json()).toEqual({ error: 'header_conflict' })
      }
      expect(seen).toEqual([])
    })

    test('a place that is not on the list is refused', async () => {
      const { app } = await fixture()
      const answer = await fetch(`${app.url}/?to=http://127.0.0.1:9/`)
      expect(await answer.json()).toEqual({ error: 'target_not_allowed' })
    })

    /** A service that never answers, what came to it, and which of that was given up. */
    async function hangingFixture(abortOnDisconnect?: SignCallsOptions['abortOnDisconnect']) {
      const arrived: string[] = []
      const givenUp: string[] = []
      const downstream = await listen((request, response) => {
        const method = String(request.method)
        arrived.push(method)
        request.resume()
        response.on('close', () => givenUp.push(method))
      })
      const identity = { idToken: (audience: string) => issuer.idToken({ email: login, audience }) }
      const options = { targets: [downstream], identity }
      const app = await adapter.calling({
        ...options,
        ...(abortOnDisconnect !== undefined && { abortOnDisconnect }),
      })
      const to = (method: string, more = '') =>
        `${app.url}/?to=${downstream}&method=${method}${more}`
      return { arrived, givenUp, to }
    }

    /** Calls, and goes away after a while. */
    async function leave(url: string): Promise<void> {
      await fetch(url, { signal: AbortSignal.timeout(150) }).catch(() => {})
    }

    test.each([
      [undefined, ['GET']],
      ['safe-methods', ['GET']],
      ['all', ['POST', 'GET']],
      ['never', []],
    ] as const)(
      'when the client goes away, with abortOnDisconnect %s, are given up: %s',
      async (abortOnDisconnect, expected) => {
        const { arrived, givenUp, to } = await hangingFixture(abortOnDisconnect)
        for (const method of ['POST', 'GET']) await leave(to(method))
        await expect.poll(() => givenUp).toEqual(expected)
        await new Promise((resolve) => setTimeout(resolve, 100))
        expect([arrived, givenUp]).toEqual([['POST', 'GET'], expected])
      },
    )

    test('a GET that is first made when the client has gone away is not made, a POST is', async () => {
      const { arrived, givenUp, to } = await hangingFixture()
      for (const method of ['GET', 'POST']) await leave(to(method, '&when=left'))
      await expect.poll(() => arrived).toEqual(['POST'])
      expect(givenUp).toEqual([])
    })

    test('nothing is given up after the answer was finished', async () => {
      const { arrived, givenUp, to } = await hangingFixture('all')
      const answer = await fetch(to('GET', '&when=answered'), { headers: { connection: 'close' } })
      expect(await answer.text()).toBe('early')
      await expect.poll(() => arrived).toEqual(['GET'])
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(givenUp).toEqual([])
    })

    test('a wrong abortOnDisconnect stops the start', async () => {
      for (const wrong of ['safe', true, null]) {
        const start = hangingFixture(wrong as never)
        await expect(start).rejects.toThrow(TypeError)
        await expect(start).rejects.toThrow("write 'safe-methods', 'all' or 'never'")
      }
    })
  })
}
