import type { CallEvent, ServiceFetch } from '@countersign/caller'
import { type Attributes, trace } from '@opentelemetry/api'
import { attribute, present } from './internal/attributes.ts'
import { callerInstruments } from './internal/caller-instruments.ts'
import { boundedCode } from './internal/codes.ts'
import { boundedMethod } from './internal/methods.ts'
import { readCallerMeterOptions } from './internal/options.ts'
import type { MeterOptions } from './meter-options.ts'

/** Measures outgoing calls: its function is handed to `createServiceFetch` or `signCalls`. */
export interface CallerMeter {
  /**
   * Counts and times a call, and adds an event to the active span. For `onCall` of
   * `createServiceFetch` and `signCalls`.
   */
  readonly onCall: (event: CallEvent) => void
  /**
   * Has the age of the tokens, and how many can't be renewed, measured whenever metrics are
   * collected.
   *
   * @param source what `createServiceFetch` returned. Of several, the oldest token and the sum are
   *   told
   * @returns ends it
   */
  readonly observe: (source: Pick<ServiceFetch, 'health'>) => () => void
}

/**
 * Metrics of outgoing calls, and events on the spans that make them. The README lists each. They
 * tell a target by its name or URL as configured, never by what was called.
 *
 * > [!WARNING]
 * > Make one for the process and share it: of two that observe, the last one to speak is heard.
 *
 * @param options where the metrics go
 * @throws TypeError where an option is wrong
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
      const told = { ...answered, ...refusalAttributes(event) }
      calls.add(1, told)
      // A call that never left took no time that says anything about its target.
      if (wasSent(event)) callDuration.record(event.durationMs / 1000, answered)
      // Not attributes: one request often makes several calls.
      trace.getActiveSpan()?.addEvent('countersign.call', { ...told, ...requestAttributes(event) })
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
