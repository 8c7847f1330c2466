import type { FetchLike } from '@countersign/caller'
import type { MeterProvider, TracerProvider } from '@opentelemetry/api'

/** The options of `meterCaller`. Read once, at start-up. */
export interface MeterOptions {
  /**
   * The destination of the metrics. The default is the global provider, which must be registered first, as
   * with `node --import ./telemetry.ts`: OpenTelemetry ignores instruments that are created before that.
   *
   * @default metrics.getMeterProvider() of `@opentelemetry/api`
   */
  meterProvider?: MeterProvider
}

/** The options of `meterReceiver`. Read once, at start-up. */
export interface ReceiverMeterOptions extends MeterOptions {
  /**
   * The clock for the age of the keys, in milliseconds since the epoch; for tests.
   *
   * @default Date.now
   */
  now?: () => number
}

/** The options of `tracedFetch`. Read once, at start-up. */
export interface TracedFetchOptions {
  /**
   * The fetch that is traced.
   *
   * @default globalThis.fetch
   */
  fetch?: FetchLike
  /**
   * The destination of the spans.
   *
   * @default trace.getTracerProvider() of `@opentelemetry/api`
   */
  tracerProvider?: TracerProvider
}
