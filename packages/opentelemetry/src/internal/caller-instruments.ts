import type { CallerHealth } from '@countersign/caller'
import type { Counter, Histogram, Meter } from '@opentelemetry/api'
import { createObserved, highest, type Observed, sum } from './observed.ts'

/** What outgoing calls are measured with. */
export interface CallerInstruments extends Pick<Observed<CallerHealth>, 'observe'> {
  calls: Counter
  callDuration: Histogram
}

/** The semantic conventions' own for the duration of HTTP calls. */
const callSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/**
 * Makes the caller's instruments.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpclientrequestduration
 */
export function callerInstruments(meter: Meter): CallerInstruments {
  const { observe, healths } = createObserved<CallerHealth>()
  observeHealth(meter, () => healths())
  return {
    calls: meter.createCounter('countersign.caller.calls', {
      unit: '{call}',
      description: 'Outgoing calls, also those that were refused before they were sent',
    }),
    callDuration: meter.createHistogram('countersign.caller.call.duration', {
      unit: 's',
      description: "Time from sending a call to its answer's headers",
      advice: { explicitBucketBoundaries: callSeconds },
    }),
    observe,
  }
}

function observeHealth(meter: Meter, healths: () => CallerHealth[]): void {
  const tokenAge = meter.createObservableGauge('countersign.caller.token.age', {
    unit: 's',
    description: 'Time since the oldest ID token was issued',
  })
  const failing = meter.createObservableUpDownCounter('countersign.caller.token.failing', {
    unit: '{audience}',
    description: 'Audiences for which the last attempt to get an ID token failed',
  })
  meter.addBatchObservableCallback(
    (result) => {
      const told = healths()
      const audiences = told.flatMap((health) => health.audiences)
      const age = highest(audiences.map(({ tokenAgeMs }) => tokenAgeMs))
      if (age !== undefined) result.observe(tokenAge, age / 1000)
      const failed = sum(audiences.map(({ lastError }) => (lastError ? 1 : 0)))
      if (failed !== undefined) result.observe(failing, failed)
    },
    [tokenAge, failing],
  )
}
