import type {
  DecisionEvent,
  KeyEvent,
  KeyHealth,
  KeySource,
  Receiver,
  ReceiverHealth,
} from '@countersign/receiver'
import {
  type Attributes,
  type Counter,
  type Histogram,
  type Meter,
  trace,
} from '@opentelemetry/api'
import { attribute, present } from './attributes.ts'
import { createObserved, highest, type Observed, sum } from './observed.ts'
import type { ReceiverMeterOptions } from './options.ts'
import { readReceiverMeterOptions } from './settings.ts'

/** Measures a receiver: its functions are handed to the receiver and its keys. */
export interface ReceiverMeter {
  /**
   * Counts and times a decision, and writes it onto the active span. For `onDecision` of
   * `createReceiver` and `verifyCaller`.
   */
  onDecision: (event: DecisionEvent) => void
  /** Counts what happens to the keys. For `onEvent` of `googleKeys`. */
  onKeyEvent: (event: KeyEvent) => void
  /**
   * Has the age of the keys and the size of the token cache measured whenever metrics are collected.
   *
   * @param source a receiver, or just the keys where an adapter made the receiver. Of several, the
   *   oldest keys and the sum of the cached tokens are told
   * @returns ends it
   */
  observe: (source: Pick<Receiver, 'health'> | Pick<KeySource, 'health'>) => () => void
}

/**
 * Metrics of incoming calls, and attributes on their spans. The README lists each. Metrics hold no
 * email, path or audience; the span holds the caller's email where its signature held.
 *
 * > [!WARNING]
 * > Make one for the process and share it: of two that observe, the last one to speak is heard.
 *
 * @param options where the metrics go
 * @throws TypeError where an option is wrong
 *
 * @example
 * ```ts
 * const meter = meterReceiver()
 * const keys = googleKeys({ onEvent: meter.onKeyEvent })
 * meter.observe(keys)
 * app.use(verifyCaller({ allow, keys, onDecision: meter.onDecision }))
 * ```
 */
export function meterReceiver(options: ReceiverMeterOptions = {}): ReceiverMeter {
  const { meter, now } = readReceiverMeterOptions(options)
  const { decisions, decisionDuration, keyEvents, observe } = receiverInstruments(meter, now)

  return {
    onDecision(event) {
      const { outcome, code, cached, durationMs } = event
      const told = { [attribute.outcome]: outcome, [attribute.cached]: cached }
      decisions.add(1, code === undefined ? told : { ...told, [attribute.code]: code })
      decisionDuration.record(durationMs / 1000, told)
      trace.getActiveSpan()?.setAttributes(spanAttributes(event))
    },
    onKeyEvent: ({ type }) => keyEvents.add(1, { [attribute.keyEvent]: type }),
    observe,
  }
}

/** `enduser.id` is left alone: that is whoever the service itself signed in, and not a service. */
function spanAttributes({ outcome, code, cached, caller }: DecisionEvent): Attributes {
  return {
    [attribute.outcome]: outcome,
    [attribute.cached]: cached,
    ...present({ [attribute.code]: code, [attribute.caller]: caller?.email }),
  }
}

/** What a receiver is measured with. */
interface ReceiverInstruments extends Pick<Observed<ObservedHealth>, 'observe'> {
  decisions: Counter
  decisionDuration: Histogram
  keyEvents: Counter
}

/** A receiver tells of its keys and its cache, keys only of themselves. */
type ObservedHealth = ReceiverHealth | KeyHealth

/** From a token that was verified before (microseconds) to keys that have to be fetched first. */
const decisionSeconds = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5,
  1, 5,
]

/**
 * Makes the receiver's instruments.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/metrics/
 */
function receiverInstruments(meter: Meter, now: () => number): ReceiverInstruments {
  const { observe, healths } = createObserved<ObservedHealth>()
  observeHealth(meter, () => healths(), now)
  return {
    decisions: meter.createCounter('countersign.receiver.decisions', {
      unit: '{decision}',
      description: 'Decisions about incoming calls',
    }),
    decisionDuration: meter.createHistogram('countersign.receiver.decision.duration', {
      unit: 's',
      description: 'Time that a decision took',
      advice: { explicitBucketBoundaries: decisionSeconds },
    }),
    keyEvents: meter.createCounter('countersign.receiver.key.events', {
      unit: '{event}',
      description: 'What happened to the signing keys',
    }),
    observe,
  }
}

function observeHealth(meter: Meter, healths: () => ObservedHealth[], now: () => number): void {
  const keyAge = meter.createObservableGauge('countersign.receiver.key.age', {
    unit: 's',
    description: 'Time since the signing keys were fetched',
  })
  const entries = meter.createObservableUpDownCounter('countersign.receiver.token_cache.entries', {
    unit: '{entry}',
    description: 'Verified tokens that are remembered',
  })
  meter.addBatchObservableCallback(
    (result) => {
      const told = healths()
      const age = highest(told.map((health) => keyAgeMs(health, now())))
      if (age !== undefined) result.observe(keyAge, age / 1000)
      const cached = sum(told.flatMap((health) => cacheEntries(health)))
      if (cached !== undefined) result.observe(entries, cached)
    },
    [keyAge, entries],
  )
}

/** Keys that were never fetched, such as a test's, have no age. */
function keyAgeMs(health: ObservedHealth, now: number): number | undefined {
  const { fetchedAt } = 'keys' in health ? health.keys : health
  return fetchedAt === undefined ? undefined : now - fetchedAt
}

function cacheEntries(health: ObservedHealth): number[] {
  return 'tokenCache' in health ? [health.tokenCache.entries] : []
}
