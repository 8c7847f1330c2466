import { createServiceFetch, type ServiceFetchOptions } from '@countersign/caller'
import { googleKeys, type Receiver } from '@countersign/receiver'
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import { meterCaller } from '../src/meter-caller.ts'
import { meterReceiver } from '../src/meter-receiver.ts'
import { tracedFetch } from '../src/traced-fetch.ts'
import { audience, identityOf, issuer, login, receiverFor, startServer } from './_services.ts'
import { startTelemetry, type Telemetry } from './_telemetry.ts'

/** What this package exports, at its most talkative. */
export interface Everything {
  metrics: { name: string; type: string; unit: string; attributes: string[] }[]
  /** Each attribute and where it is: `countersign.code on metrics`. */
  attributes: string[]
}

/** Two services that do all that there is anything to say about. */
export async function everything(): Promise<Everything> {
  const telemetry = startTelemetry()
  const incoming = await telemetry.inSpan(() => receiveCalls(telemetry))
  const outgoing = await telemetry.inSpan(() => makeCalls(telemetry))
  const client = telemetry.spans().filter(({ name }) => name !== incoming.name)
  const metrics = (await telemetry.metrics()).map(summary)
  return {
    metrics,
    attributes: [
      ...places('metrics', ...metrics.map(({ attributes }) => attributes)),
      ...places('incoming', Object.keys(incoming.attributes)),
      ...places('event', ...outgoing.events.map(({ attributes = {} }) => Object.keys(attributes))),
      ...places('client', ...client.map(({ attributes }) => Object.keys(attributes))),
    ],
  }
}

async function receiveCalls({ meterProvider }: Telemetry): Promise<void> {
  const { onDecision, onKeyEvent, observe } = meterReceiver({ meterProvider })
  await using server = await startServer((_request, response) => {
    response.end(JSON.stringify(issuer.jwks()))
  })
  const keys = googleKeys({ url: server.url, onEvent: onKeyEvent })
  const receiver: Receiver = receiverFor({
    keys,
    onDecision,
    allow: [{ email: login, methods: ['GET'] }],
  })
  observe(receiver)
  await receiver.ready()
  const headers = await issuer.headers({ email: login, audience })
  await receiver.check({ method: 'GET', url: '/', headers })
  await receiver.check({ method: 'POST', url: '/', headers })
}

/** Calls that are refused and made again, with a rare method, and that may not be made. */
async function makeCalls({ meterProvider, tracerProvider }: Telemetry): Promise<void> {
  const { onCall, observe } = meterCaller({ meterProvider })
  await using server = await startServer((_request, response) => {
    response.writeHead(401, { 'countersign-code': 'token_expired' }).end()
  })
  const options: ServiceFetchOptions = {
    targets: [{ name: 'user-profiles', url: server.url, audience, methods: ['GET', 'PROPFIND'] }],
    identity: identityOf(),
    onCall,
    fetch: tracedFetch({ tracerProvider }),
  }
  const serviceFetch = createServiceFetch(options)
  observe(serviceFetch)
  await serviceFetch.ready()
  await serviceFetch(server.url)
  await serviceFetch(server.url, { method: 'PROPFIND' })
  await serviceFetch('https://elsewhere.example').catch(() => {})
  const reporting = createServiceFetch({ ...options, mode: 'report-only', log: false })
  await reporting(server.url, { method: 'POST' })
}

function summary(metric: MetricData): Everything['metrics'][number] {
  const { name, unit } = metric.descriptor
  const attributes = metric.dataPoints.flatMap((point) => Object.keys(point.attributes))
  return { name, type: typeOf(metric), unit, attributes: [...new Set(attributes)].toSorted() }
}

function typeOf(metric: MetricData): string {
  if (metric.dataPointType === DataPointType.GAUGE) return 'gauge'
  if (metric.dataPointType !== DataPointType.SUM) return 'histogram'
  return metric.isMonotonic ? 'counter' : 'up-down counter'
}

function places(where: string, ...names: string[][]): string[] {
  return [...new Set(names.flat())].map((name) => `${name} on ${where}`)
}
