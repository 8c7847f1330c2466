import { createServiceFetch, requestFetch, type ServiceFetch } from '@countersign/caller'
import {
  propagation,
  SpanKind,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, test } from 'vitest'
import { type TracedFetchOptions, tracedFetch } from '../src/traced-fetch.ts'
import {
  audience,
  identityOf,
  receiverFor,
  startServer,
  startService,
  stranger,
  type TestServer,
} from './_services.ts'
import { startTelemetry, type Telemetry } from './_telemetry.ts'

afterEach(() => {
  trace.disable()
  propagation.disable()
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
})

function fetchTo(
  { url }: TestServer,
  options: TracedFetchOptions,
  identity = identityOf(),
): ServiceFetch {
  return createServiceFetch({ targets: [{ url, audience }], identity, fetch: tracedFetch(options) })
}

function startWell(): Promise<TestServer> {
  return startServer((_request, response) => response.end('hello'))
}

function spanOf(telemetry: Telemetry): ReadableSpan {
  const [span, ...more] = telemetry.spans().filter(({ kind }) => kind === SpanKind.CLIENT)
  if (!span || more.length > 0) throw new Error(`${more.length + 1} client spans`)
  return span
}

function traceparentOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext()
  return `00-${traceId}-${spanId}-01`
}

/** OpenTelemetry's API, with one part of it broken. */
function brokenProvider(part: 'start' | 'end'): TracerProvider {
  const { tracerProvider } = startTelemetry()
  const tracer = tracerProvider.getTracer('broken')
  const fail = (): never => {
    throw new Error('broken telemetry')
  }
  const startSpan: typeof tracer.startSpan = (...args) =>
    Object.assign(tracer.startSpan(...args), { end: fail })
  const broken = { startSpan: part === 'start' ? fail : startSpan }
  return { getTracer: () => Object.assign(Object.create(tracer), broken) }
}

describe('the span of a request', () => {
  test('says what was called, without the query', async () => {
    const telemetry = startTelemetry()
    await using server = await startWell()
    const serviceFetch = fetchTo(server, telemetryOptions(telemetry))
    await serviceFetch(`${server.url}/profiles/7?secret=1#fragment`, { method: 'POST' })
    const span = spanOf(telemetry)
    expect(span.name).toBe('POST')
    expect(span.status.code).toBe(SpanStatusCode.UNSET)
    expect(span.attributes).toEqual({
      'http.request.method': 'POST',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
      'url.full': `${server.url}/profiles/7`,
      'http.response.status_code': 200,
    })
  })

  test('is a child of the active one', async () => {
    const telemetry = startTelemetry()
    await using server = await startWell()
    const serviceFetch = fetchTo(server, telemetryOptions(telemetry))
    const parent = await telemetry.inSpan(() => serviceFetch(server.url))
    expect(spanOf(telemetry).parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
  })

  test('is the active one for the fetch beneath', async () => {
    const telemetry = startTelemetry()
    let active: string | undefined
    await tracedFetch({
      ...telemetryOptions(telemetry),
      fetch: async () => {
        active = trace.getActiveSpan()?.spanContext().spanId
        return new Response()
      },
    })('https://svc.example/', {})
    expect(active).toBe(spanOf(telemetry).spanContext().spanId)
  })

  test.each([
    ['https://user:pass@svc.example/a?b#c', 'svc.example', 443, 'https://svc.example/a'],
    ['http://svc.example:8080/', 'svc.example', 8080, 'http://svc.example:8080/'],
    ['http://[::1]/', '::1', 80, 'http://[::1]/'],
  ])('of %s names %s and port %d', async (url, address, port, full) => {
    const telemetry = startTelemetry()
    const fetch = async (): Promise<Response> => new Response()
    await tracedFetch({ ...telemetryOptions(telemetry), fetch })(url, {})
    expect(spanOf(telemetry).attributes).toMatchObject({
      'http.request.method': 'GET',
      'server.address': address,
      'server.port': port,
      'url.full': full,
    })
  })

  test('with a method of its own is named HTTP', async () => {
    const telemetry = startTelemetry()
    const fetch = async (): Promise<Response> => new Response()
    await tracedFetch({ ...telemetryOptions(telemetry), fetch })('https://svc.example', {
      method: 'BREW',
    })
    expect(spanOf(telemetry)).toMatchObject({
      name: 'HTTP',
      attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'BREW' },
    })
  })

  test('of a refused call has its code', async () => {
    const telemetry = startTelemetry()
    await using server = await startService(receiverFor())
    await fetchTo(server, telemetryOptions(telemetry), identityOf(stranger))(server.url)
    expect(spanOf(telemetry)).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: {
        'http.response.status_code': 403,
        'error.type': '403',
        'countersign.code': 'caller_not_allowed',
      },
    })
  })

  test.each([
    [304, SpanStatusCode.UNSET],
    [399, SpanStatusCode.UNSET],
    [400, SpanStatusCode.ERROR],
    [503, SpanStatusCode.ERROR],
  ])('that is answered %d has the status %d', async (status, expected) => {
    const telemetry = startTelemetry()
    const fetch = async (): Promise<Response> => new Response(null, { status })
    await tracedFetch({ ...telemetryOptions(telemetry), fetch })('https://svc.example', {})
    expect(spanOf(telemetry).status.code).toBe(expected)
  })

  test('of a call that nobody answered says why, and no more', async () => {
    const telemetry = startTelemetry()
    const server = await startWell()
    await server[Symbol.asyncDispose]()
    const failed = fetchTo(server, telemetryOptions(telemetry))(server.url)
    await expect(failed).rejects.toThrow('fetch failed')
    const { status, attributes, events } = spanOf(telemetry)
    expect(status).toEqual({ code: SpanStatusCode.ERROR })
    expect(attributes).toMatchObject({ 'error.type': 'ECONNREFUSED' })
    expect(events).toEqual([])
  })

  test.each([
    ['a text', 'an abort reason', '_OTHER'],
    ['an error without a cause', new RangeError('with a secret'), 'RangeError'],
    ['a cause without a code', new Error('x', { cause: new Error('y') }), 'Error'],
    ['a code that is no text', new Error('x', { cause: withCode(7) }), 'Error'],
  ])('of a fetch that throws %s has its error.type', async (_title, thrown, type) => {
    const telemetry = startTelemetry()
    const fetch = (): Promise<Response> => Promise.reject(thrown)
    const failed = tracedFetch({ ...telemetryOptions(telemetry), fetch })('https://svc.example', {})
    await expect(failed).rejects.toBe(thrown)
    expect(spanOf(telemetry).attributes).toMatchObject({ 'error.type': type })
  })

  test('holds no token, not even one that the server sends back', async () => {
    const telemetry = startTelemetry()
    await using server = await startServer(({ headers }, response) => {
      const token = headers.authorization?.slice(7) ?? ''
      response.writeHead(401, { 'countersign-code': token, location: `/?token=${token}` }).end()
    })
    await fetchTo(server, telemetryOptions(telemetry))(server.url)
    const spans = telemetry.spans()
    expect(spans).not.toEqual([])
    for (const { name, attributes, events, status } of spans) {
      expect(JSON.stringify([name, attributes, events, status])).not.toContain('eyJ')
    }
  })
})

describe('the trace context', () => {
  test('goes out with the call, beside its token', async () => {
    const telemetry = startTelemetry()
    await using server = await startWell()
    const identity = identityOf()
    await fetchTo(
      server,
      telemetryOptions(telemetry),
      identity,
    )(server.url, {
      headers: { 'x-mine': '1' },
    })
    expect(server.seen[0]).toMatchObject({
      traceparent: traceparentOf(spanOf(telemetry)),
      authorization: `Bearer ${identity.tokens[0]}`,
      'x-mine': '1',
    })
  })

  test('replaces the one that was carried over from the incoming request', async () => {
    const telemetry = startTelemetry()
    await using server = await startWell()
    const headers = { traceparent: incoming, tracestate: 'a=b', 'x-cloud-trace-context': 'old/1' }
    const response = { once: () => {}, writableFinished: true }
    const bound = requestFetch(fetchTo(server, telemetryOptions(telemetry)), {
      request: { headers },
      response,
    })
    await bound(server.url)
    expect(server.seen[0]?.traceparent).toBe(traceparentOf(spanOf(telemetry)))
    expect(server.seen[0]).not.toHaveProperty('tracestate')
    expect(server.seen[0]).not.toHaveProperty('x-cloud-trace-context')
  })

  test('stays as it is where no tracer is registered', async () => {
    await using server = await startWell()
    await fetchTo(server, {})(server.url, { headers: { traceparent: incoming } })
    expect(server.seen[0]?.traceparent).toBe(incoming)
  })
})

describe('tracedFetch', () => {
  test('goes to the global provider where none is given', async () => {
    const telemetry = startTelemetry()
    trace.setGlobalTracerProvider(telemetry.tracerProvider)
    await using server = await startWell()
    await fetchTo(server, {})(server.url)
    expect(spanOf(telemetry).name).toBe('GET')
  })

  test.each(['start', 'end'] as const)('makes the call although spans cannot %s', async (part) => {
    await using server = await startWell()
    const response = await fetchTo(server, { tracerProvider: brokenProvider(part) })(server.url)
    expect(await response.text()).toBe('hello')
    expect(server.seen).toHaveLength(1)
  })

  test('throws what the fetch throws although spans cannot end', async () => {
    const failure = new Error('the fetch')
    const fetch = (): Promise<Response> => Promise.reject(failure)
    const traced = tracedFetch({ fetch, tracerProvider: brokenProvider('end') })
    await expect(traced('https://svc.example', {})).rejects.toBe(failure)
  })

  test('makes the call although the context cannot be injected', async () => {
    propagation.disable()
    propagation.setGlobalPropagator({
      inject: () => {
        throw new Error('a broken propagator')
      },
      extract: (context) => context,
      fields: () => [],
    })
    await using server = await startWell()
    const telemetry = startTelemetry()
    const response = await fetchTo(server, telemetryOptions(telemetry))(server.url)
    expect(await response.text()).toBe('hello')
    expect(spanOf(telemetry).attributes).toMatchObject({ 'http.response.status_code': 200 })
  })
})

const incoming = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function telemetryOptions({ tracerProvider }: Telemetry): TracedFetchOptions {
  return { tracerProvider }
}

function withCode(code: unknown): Error {
  return Object.assign(new Error('a cause'), { code })
}
