import { requestFetch } from '@countersign/caller'
import { propagation } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { identityOf } from './_services.ts'
import { startTelemetry } from './_telemetry.ts'
import { fetchTo, spanOf, startWell, telemetryOptions } from './_traced.ts'

const incoming = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

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

  test('continues the one that was carried over from the incoming request, where no span is active', async () => {
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
    expect(spanOf(telemetry).spanContext().traceId).toBe(incoming.split('-')[1])
    expect(server.seen[0]?.tracestate).toBe('a=b')
    expect(server.seen[0]).not.toHaveProperty('x-cloud-trace-context')
  })

  test("stays beside Google's own header where the propagator writes that alone", async () => {
    const telemetry = startTelemetry()
    await using server = await startWell()
    const cloud = { 'x-cloud-trace-context': `${incoming.split('-')[1]}/7;o=1` }
    const inject = vi.spyOn(propagation, 'inject')
    onTestFinished(() => inject.mockRestore())
    inject.mockImplementation((_context, carrier) => {
      Object.assign(carrier as object, cloud)
    })
    const headers = { traceparent: incoming, 'x-cloud-trace-context': 'old/1' }
    await fetchTo(server, telemetryOptions(telemetry))(server.url, { headers })
    expect(server.seen[0]).toMatchObject({ traceparent: incoming, ...cloud })
  })

  test('stays as it is where no tracer is registered', async () => {
    await using server = await startWell()
    await fetchTo(server, {})(server.url, { headers: { traceparent: incoming } })
    expect(server.seen[0]?.traceparent).toBe(incoming)
  })
})

function traceparentOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext()
  return `00-${traceId}-${spanId}-01`
}
