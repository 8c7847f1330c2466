import { createServiceFetch } from '@countersign/caller'
import { context, propagation, trace } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { meterReceiver } from '../src/meter-receiver.ts'
import { tracedFetch } from '../src/traced-fetch.ts'
import { audience, identityOf, login, receiverFor, startServer } from './_services.ts'
import { startTelemetry } from './_telemetry.ts'

test('one trace leads from the caller to the decision of the receiver', async () => {
  const { meterProvider, tracerProvider, inSpan, spans } = startTelemetry()
  const tracer = tracerProvider.getTracer('http')
  const { onDecision } = meterReceiver({ meterProvider })
  const receiver = receiverFor({ onDecision })
  // What an HTTP instrumentation does.
  await using server = await startServer((request, response) => {
    const remote = propagation.extract(context.active(), request.headers)
    const span = tracer.startSpan('server', {}, remote)
    context.with(trace.setSpan(remote, span), async () => {
      await receiver.check(request)
      span.end()
      response.end()
    })
  })
  const serviceFetch = createServiceFetch({
    targets: [{ url: server.url, audience }],
    identity: identityOf(),
    fetch: tracedFetch({ tracerProvider }),
  })
  const start = await inSpan(() => serviceFetch(`${server.url}/profiles/7`))

  const [serverSpan, clientSpan] = spans()
  expect(serverSpan).toMatchObject({
    name: 'server',
    attributes: { 'countersign.outcome': 'allowed', 'countersign.caller': login },
    parentSpanContext: { spanId: clientSpan?.spanContext().spanId },
  })
  expect(clientSpan).toMatchObject({
    name: 'GET',
    parentSpanContext: { spanId: start.spanContext().spanId },
  })
  expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1)
})
