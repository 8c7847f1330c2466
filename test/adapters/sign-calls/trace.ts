import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { ServiceFetch } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import type { Adapter, CallingHandler } from '../adapter.ts'
import { optionsFor, startAnswering, textOf } from './_world.ts'

const trace = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'a=1',
  'x-cloud-trace-context': '105445aa7843bc8bf206b12000100000/1;o=1',
}

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

/** The ways of a handler to call a service. */
const ways: [
  title: string,
  call: (serviceFetch: ServiceFetch, url: string) => Promise<Response>,
][] = [
  ['a call', (serviceFetch, url) => serviceFetch(url)],
  ['a call by name', (serviceFetch) => serviceFetch.to('downstream')('/')],
  [
    "another client's call with its headers",
    async (serviceFetch, url) => fetch(url, { headers: await serviceFetch.headers(url) }),
  ],
]

/** What of a request goes on to the services behind, and what never does. */
export function traceContract(adapter: Adapter): void {
  /** What came to the app, and what came to the service behind. */
  async function forward(
    headers: Record<string, string>,
    call: (serviceFetch: ServiceFetch, url: string) => Promise<Response>,
  ) {
    const downstream = await startAnswering()
    const inbound: IncomingHttpHeaders[] = []
    const handler: CallingHandler = ({ serviceFetch, request }) => {
      inbound.push(request.headers)
      return textOf(call(serviceFetch, downstream.url))
    }
    const app = await adapter.calling(optionsFor(downstream), handler)
    expect(await textOf(fetch(app.url, { headers }))).toBe('answered')
    const [outbound] = downstream.received as [IncomingMessage]
    return { inbound: inbound[0], outbound }
  }

  describe(`signCalls in ${adapter.name}`, () => {
    test.each(ways)("%s carries the request's trace on", async (_title, call) => {
      const { outbound } = await forward(trace, call)
      expect(outbound.headers).toMatchObject(trace)
    })

    test.each(ways)('%s has no trace where the request has none', async (_title, call) => {
      const { outbound } = await forward({}, call)
      for (const name of Object.keys(trace)) expect(outbound.headers).not.toHaveProperty(name)
    })

    test("a call's own traceparent wins, and nothing of the request's is mixed in", async () => {
      const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
      const { outbound } = await forward(trace, (serviceFetch, url) =>
        serviceFetch(url, { headers: { traceparent: own } }),
      )
      expect(outbound.headers.traceparent).toBe(own)
      expect(outbound.headers).not.toHaveProperty('tracestate')
      expect(outbound.headers).not.toHaveProperty('x-cloud-trace-context')
    })

    test.each(ways)("%s carries none of the request's credentials", async (_title, call) => {
      const given = Object.fromEntries(credentials.map((name) => [name, 'Bearer inbound']))
      const { inbound, outbound } = await forward(given, call)
      expect(inbound).toMatchObject(given)
      expect(credentials.filter((name) => name in outbound.headers)).toEqual(['authorization'])
      expect(outbound.rawHeaders.join()).not.toContain('inbound')
    })

    test('each request carries its own trace, also while others are answered', async () => {
      const downstream = await startAnswering()
      const app = await adapter.calling(optionsFor(downstream), async ({ serviceFetch, request }) =>
        textOf(serviceFetch(`${downstream.url}${request.url}`)),
      )
      const ids = Array.from({ length: 10 }, (_, index) => `${index}`)
      await Promise.all(
        ids.map((id) => fetch(`${app.url}/${id}`, { headers: { 'x-cloud-trace-context': id } })),
      )
      const traced = downstream.received.map(({ url, headers }) => [
        url,
        headers['x-cloud-trace-context'],
      ])
      expect(traced.sort()).toEqual(ids.map((id) => [`/${id}`, id]))
    })
  })
}
