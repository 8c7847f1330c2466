import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
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

    test('a GET is given up when the client goes away, a POST is not', async () => {
      const aborted: string[] = []
      const downstream = await listen((request, response) => {
        request.resume()
        response.on('close', () => aborted.push(request.method ?? ''))
      })
      const identity = { idToken: (audience: string) => issuer.idToken({ email: login, audience }) }
      const app = await adapter.calling({ targets: [downstream], identity })
      for (const method of ['POST', 'GET']) {
        const leave = new AbortController()
        const call = fetch(`${app.url}/?to=${downstream}/slow&method=${method}`, {
          signal: leave.signal,
        })
        call.catch(() => {})
        setTimeout(() => leave.abort(), 150)
        await once(leave.signal, 'abort')
      }
      await expect.poll(() => aborted).toEqual(['GET'])
    })
  })
}
