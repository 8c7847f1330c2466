import type { FetchLike } from '@countersign/caller'
import type { MeterProvider, TracerProvider } from '@opentelemetry/api'

/** What `meterCaller` takes. Read once, at start-up. */
export interface MeterOptions {
  /**
   * Where the metrics go. Left out: the global one, which has to be registered by then, as
   * `node --import ./telemetry.ts` does: OpenTelemetry forgets what is created before.
   *
   * @default metrics.getMeterProvider() of `@opentelemetry/api`
   */
  meterProvider?: MeterProvider
}

/** What `meterReceiver` takes. Read once, at start-up. */
export interface ReceiverMeterOptions extends MeterOptions {
  /**
   * The clock that the age of the keys is told by, in milliseconds since the epoch; for tests.
   *
   * @default Date.now
   */
  now?: () => number
}

/** What `tracedFetch` takes. Read once, at start-up. */
export interface TracedFetchOptions {
  /**
   * The fetch that is traced.
   *
   * @default globalThis.fetch
   */
  fetch?: FetchLike
  /**
   * Where the spans go.
   *
   * @default trace.getTracerProvider() of `@opentelemetry/api`
   */
  tracerProvider?: TracerProvider
}
