import { createServiceFetch, type ServiceFetch } from '@countersign/caller'
import { SpanKind } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { TracedFetchOptions } from '../src/options.ts'
import { tracedFetch } from '../src/traced-fetch.ts'
import { audience, identityOf, startServer, type TestServer } from './_services.ts'
import type { Telemetry } from './_telemetry.ts'

/** Calls a server, traced. */
export function fetchTo(
  { url }: TestServer,
  options: TracedFetchOptions,
  identity = identityOf(),
): ServiceFetch {
  return createServiceFetch({ targets: [{ url, audience }], identity, fetch: tracedFetch(options) })
}

export function startWell(): Promise<TestServer> {
  return startServer((_request, response) => response.end('hello'))
}

/** The one span of a call. */
export function spanOf(telemetry: Telemetry): ReadableSpan {
  const [span, ...more] = telemetry.spans().filter(({ kind }) => kind === SpanKind.CLIENT)
  if (!span || more.length > 0) throw new Error(`${more.length + 1} client spans`)
  return span
}

export function telemetryOptions({ tracerProvider }: Telemetry): TracedFetchOptions {
  return { tracerProvider }
}
