import { SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import { tracedFetch } from '../src/traced-fetch.ts'
import { identityOf, receiverFor, startServer, startService, stranger } from './_services.ts'
import { startTelemetry } from './_telemetry.ts'
import { fetchTo, spanOf, startWell, telemetryOptions } from './_traced.ts'

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

function withCode(code: unknown): Error {
  return Object.assign(new Error('a cause'), { code })
}
