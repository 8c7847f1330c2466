import { propagation, type TracerProvider, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { afterEach, describe, expect, test } from 'vitest'
import { tracedFetch } from '../src/traced-fetch.ts'
import { startTelemetry } from './_telemetry.ts'
import { fetchTo, spanOf, startWell, telemetryOptions } from './_traced.ts'

afterEach(() => {
  trace.disable()
  propagation.disable()
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
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
