import type { CallEvent, CallerHealth, ServiceFetch } from '@countersign/caller'
import {
  type Attributes,
  type Counter,
  type Histogram,
  type Meter,
  trace,
} from '@opentelemetry/api'
import { attribute, boundedCode, boundedMethod, present } from './attributes.ts'
import { createObserved, highest, type Observed, sum } from './observed.ts'
import type { MeterOptions } from './options.ts'
import { readCallerMeterOptions } from './settings.ts'

/** Measures outgoing calls. Pass its `onCall` to `createServiceFetch` or `signCalls`. */
export interface CallerMeter {
  /**
   * Counts and times a call, and adds an event to the active span. For `onCall` of
   * `createServiceFetch` and `signCalls`.
   */
  onCall: (event: CallEvent) => void
  /**
   * Measures the age of the tokens, and the number of tokens that can't be renewed, whenever metrics are
   * collected.
   *
   * @param source the result of `createServiceFetch`. With several, the oldest token and the sum are
   *   reported
   * @returns a function that ends it
   */
  observe: (source: Pick<ServiceFetch, 'health'>) => () => void
}

/**
 * Creates metrics of outgoing calls, and events on the active spans. The README lists each. A target is
 * named by its configured name or URL, never by the URL of the call.
 *
 * > [!WARNING]
 * > Create one for the process and share it: if two of them observe, only the last result is kept.
 *
 * @param options the destination of the metrics
 * @throws {TypeError} if an option is wrong
 *
 * @example
 * ```ts
 * const meter = meterCaller()
 * const serviceFetch = createServiceFetch({ targets, onCall: meter.onCall, fetch: tracedFetch() })
 * meter.observe(serviceFetch)
 * ```
 */
export function meterCaller(options: MeterOptions = {}): CallerMeter {
  const { meter } = readCallerMeterOptions(options)
  const { calls, callDuration, observe } = callerInstruments(meter)

  return {
    onCall(event) {
      const { target, status } = event
      const answered = present({ [attribute.target]: target, [attribute.status]: status })
      const attributes = { ...answered, ...refusalAttributes(event) }
      calls.add(1, attributes)
      // The duration of a call that was never sent says nothing about its target.
      if (wasSent(event)) callDuration.record(event.durationMs / 1000, answered)
      // An event and not attributes, since one request often makes several calls.
      trace
        .getActiveSpan()
        ?.addEvent('countersign.call', { ...attributes, ...requestAttributes(event) })
    },
    observe,
  }
}

function wasSent({ refusedBy, enforced }: CallEvent): boolean {
  return refusedBy !== 'caller' || !enforced
}

function refusalAttributes({ refusedBy, code, enforced }: CallEvent): Attributes {
  return present({
    [attribute.refusedBy]: refusedBy,
    [attribute.code]: boundedCode(code),
    [attribute.outcome]: enforced ? undefined : 'reported',
  })
}

function requestAttributes({ method, attempt }: CallEvent): Attributes {
  return {
    [attribute.method]: boundedMethod(method),
    ...present({ [attribute.resendCount]: attempt > 1 ? attempt - 1 : undefined }),
  }
}

/** The instruments for outgoing calls. */
interface CallerInstruments extends Pick<Observed<CallerHealth>, 'observe'> {
  calls: Counter
  callDuration: Histogram
}

/** The buckets of the semantic conventions for the duration of HTTP calls. */
const callSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/**
 * Creates the caller's instruments.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpclientrequestduration
 */
function callerInstruments(meter: Meter): CallerInstruments {
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
      const all = healths()
      const audiences = all.flatMap((health) => health.audiences)
      const age = highest(audiences.map(({ tokenAgeMs }) => tokenAgeMs))
      if (age !== undefined) result.observe(tokenAge, age / 1000)
      const failed = sum(audiences.map(({ lastError }) => (lastError ? 1 : 0)))
      if (failed !== undefined) result.observe(failing, failed)
    },
    [tokenAge, failing],
  )
}
