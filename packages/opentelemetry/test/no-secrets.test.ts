/** Whatever a service that is called redirects to, or names itself: no span and no metric holds the token. */
import { inspect } from 'node:util'
import { createServiceFetch } from '@countersign/caller'
import { SpanStatusCode } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import { meterCaller } from '../src/meter-caller.ts'
import { meterReceiver } from '../src/meter-receiver.ts'
import { tracedFetch } from '../src/traced-fetch.ts'
import {
  audience,
  identityOf,
  issuer,
  login,
  receiverFor,
  startServer,
  startService,
} from './_services.ts'
import { startTelemetry, type Telemetry } from './_telemetry.ts'
import { telemetryOptions } from './_traced.ts'

/** Everything that an exporter could send. */
async function exported(telemetry: Telemetry): Promise<string> {
  const spans = telemetry.spans().map(({ name, attributes, events, links, status }) => {
    return { name, attributes, events, links, status }
  })
  return inspect([spans, await telemetry.metrics()], { depth: 20, maxStringLength: null })
}

/** No part of a token, in any spelling; the same with percent-encoding undone. */
function expectNone(text: string, tokens: readonly string[]): void {
  expect(tokens.length).toBeGreaterThan(0)
  for (const shown of [text, decoded(text), decoded(decoded(text))]) {
    for (const part of tokens.flatMap((token) => token.split('.'))) {
      for (let at = 0; at + 12 <= part.length; at += 12) {
        expect(shown.toLowerCase()).not.toContain(part.slice(at, at + 12).toLowerCase())
      }
    }
  }
}

function decoded(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_, hex) => {
    return String.fromCharCode(Number.parseInt(hex, 16))
  })
}

function percentEncoded(text: string): string {
  return [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
}

/** Where a redirect may lead that names the token that was sent. */
const locations: Record<string, (token: string) => string> = {
  'in its path': (token) => `/echo/${token}`,
  'behind a word in its path': (token) => `/echo/token${token}`,
  'as a parameter of its path': (token) => `/echo;token=${token}`,
  'with encoded dots': (token) => `/echo/${token.replaceAll('.', '%2E')}`,
  'with each character encoded': (token) => `/echo/${percentEncoded(token)}`,
  'encoded twice': (token) => `/echo/${percentEncoded(token).replaceAll('%', '%25')}`,
  'as credentials': (token) => `/echo/Bearer%20${token}`,
  'in its query': (token) => `/echo?access_token=${token}`,
  'in its fragment': (token) => `/echo#access_token=${token}`,
  'split by a tab': (token) => `/echo/${token.slice(0, 60)}\t${token.slice(60)}`,
  'split by a space': (token) => `/echo/${token.replaceAll('.', '. ')}`,
}

describe('no span holds the token where a redirect names it', () => {
  test.each(Object.entries(locations))('%s', async (_, locationOf) => {
    const telemetry = startTelemetry()
    const { onCall } = meterCaller({ meterProvider: telemetry.meterProvider })
    const identity = identityOf()
    await using server = await startServer(({ url, headers }, response) => {
      if (url !== '/start') return response.end('done')
      const token = String(headers.authorization).slice('Bearer '.length)
      return response.writeHead(302, { location: locationOf(token) }).end()
    })
    const serviceFetch = createServiceFetch({
      targets: [{ url: server.url, audience }],
      identity,
      onCall,
      fetch: tracedFetch(telemetryOptions(telemetry)),
    })
    await telemetry.inSpan(() => serviceFetch(`${server.url}/start`))
    const urls = telemetry.spans().map(({ attributes }) => String(attributes['url.full']))
    expect(urls.filter((url) => url.startsWith(`${server.url}/echo`))).toHaveLength(1)
    expectNone(await exported(telemetry), identity.tokens)
  })
})

/** What `tracedFetch` alone may be called with, and what it may be thrown and answered. */
describe('no span holds a token that is', async () => {
  const token = await issuer.idToken({ email: login, audience })
  const refreshToken = '1//0gopen-sesame-of-forty-thieves'

  test.each([
    ['a user', `http://${token}@127.0.0.1/a`],
    ['a password', `http://me:${token}@127.0.0.1/a`],
    ['labels of a host', `http://${token}.localhost/a`],
    ['a refresh token in a path', `http://127.0.0.1/a/${refreshToken}/b`],
  ])('%s', async (_, url) => {
    const telemetry = startTelemetry()
    const fetch = async (): Promise<Response> => new Response()
    await tracedFetch({ ...telemetryOptions(telemetry), fetch })(url, {})
    expect(telemetry.spans()).toHaveLength(1)
    expectNone(await exported(telemetry), [token, refreshToken.slice(3)])
  })

  test('a method', async () => {
    const telemetry = startTelemetry()
    await using server = await startServer((_request, response) => response.end())
    const traced = tracedFetch(telemetryOptions(telemetry))
    await traced(server.url, { method: token }).catch(() => {})
    expect(telemetry.spans()).toHaveLength(1)
    expectNone(await exported(telemetry), [token])
  })

  test.each([
    ['the name of an error', Object.assign(new Error('x'), { name: token })],
    ['the message of an error', new Error(token)],
    ['the code of a cause', new Error('x', { cause: Object.assign(new Error(), { code: token }) })],
  ])('%s', async (_, thrown) => {
    const telemetry = startTelemetry()
    const fetch = (): Promise<Response> => Promise.reject(thrown)
    const traced = tracedFetch({ ...telemetryOptions(telemetry), fetch })
    await expect(traced('http://127.0.0.1', {})).rejects.toBe(thrown)
    expect(telemetry.spans()).toMatchObject([{ status: { code: SpanStatusCode.ERROR } }])
    expectNone(await exported(telemetry), [token])
  })

  test('an answer says in each of its headers', async () => {
    const telemetry = startTelemetry()
    await using server = await startServer((_request, response) => {
      const names = [
        'countersign-code',
        'www-authenticate',
        'traceparent',
        'tracestate',
        'location',
      ]
      response.writeHead(401, Object.fromEntries(names.map((name) => [name, token]))).end(token)
    })
    await tracedFetch(telemetryOptions(telemetry))(server.url, {})
    expect(telemetry.spans()).toHaveLength(1)
    expectNone(await exported(telemetry), [token])
  })
})

test('no attribute of a receiver holds a token, wherever a call has one', async () => {
  const telemetry = startTelemetry()
  const { onDecision } = meterReceiver({ meterProvider: telemetry.meterProvider })
  await using server = await startService(receiverFor({ onDecision }))
  const token = await issuer.idToken({ email: login, audience })
  const other = await issuer.idToken({ email: login, audience: token })
  for (const headers of [
    { authorization: `Bearer ${token}` },
    { authorization: `Bearer ${other}` },
    { authorization: `Bearer ${token}, Bearer ${token}` },
    { authorization: `Basic ${token}` },
    { traceparent: token, tracestate: `a=${token}`, baggage: `a=${token}` },
  ]) {
    await telemetry.inSpan(() => fetch(`${server.url}/${token}?${token}`, { headers }))
  }
  expect((await telemetry.points('countersign.receiver.decisions')).length).toBeGreaterThan(1)
  expectNone(await exported(telemetry), [token, other])
})
