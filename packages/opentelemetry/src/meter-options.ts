import type { MeterProvider } from '@opentelemetry/api'

/** What `meterReceiver` and `meterCaller` take. Read once, at start-up. */
export interface MeterOptions {
  /**
   * Where the metrics go. Left out: the global one, which has to be registered by then, as
   * `node --import ./telemetry.ts` does: OpenTelemetry forgets what is created before.
   *
   * @default metrics.getMeterProvider() of `@opentelemetry/api`
   */
  meterProvider?: MeterProvider
  /**
   * The clock that ages are told by, in milliseconds since the epoch; for tests.
   *
   * @default Date.now
   */
  now?: () => number
}
