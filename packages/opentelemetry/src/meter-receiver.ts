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

/** Measures a receiver. Pass its functions to the receiver and to its keys. */
export interface ReceiverMeter {
  /**
   * Counts and times a decision, and adds it to the active span. For `onDecision` of
   * `createReceiver` and `verifyCaller`.
   */
  onDecision: (event: DecisionEvent) => void
  /** Counts the events of the keys. For `onEvent` of `googleKeys`. */
  onKeyEvent: (event: KeyEvent) => void
  /**
   * Measures the age of the keys and the size of the token cache whenever metrics are collected.
   *
   * @param source a receiver, or only the keys if an adapter created the receiver. With several, the
   *   oldest keys and the sum of the cached tokens are reported
   * @returns a function that ends it
   */
  observe: (source: Pick<Receiver, 'health'> | Pick<KeySource, 'health'>) => () => void
}

/**
 * Creates metrics of incoming calls, and attributes on their spans. The README lists each. Metrics contain
 * no email, path or audience; the span contains the caller's email if its signature is valid.
 *
 * > [!WARNING]
 * > Create one for the process and share it: if two of them observe, only the last result is kept.
 *
 * @param options the destination of the metrics
 * @throws {TypeError} if an option is wrong
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
      const attributes = { [attribute.outcome]: outcome, [attribute.cached]: cached }
      decisions.add(1, code === undefined ? attributes : { ...attributes, [attribute.code]: code })
      decisionDuration.record(durationMs / 1000, attributes)
      trace.getActiveSpan()?.setAttributes(spanAttributes(event))
    },
    onKeyEvent: ({ type }) => keyEvents.add(1, { [attribute.keyEvent]: type }),
    observe,
  }
}

/** `enduser.id` is not set: it is for the person that the service signed in, not for a service. */
function spanAttributes({ outcome, code, cached, caller }: DecisionEvent): Attributes {
  return {
    [attribute.outcome]: outcome,
    [attribute.cached]: cached,
    ...present({ [attribute.code]: code, [attribute.caller]: caller?.email }),
  }
}

/** The instruments for a receiver. */
interface ReceiverInstruments extends Pick<Observed<ObservedHealth>, 'observe'> {
  decisions: Counter
  decisionDuration: Histogram
  keyEvents: Counter
}

/** A receiver's health has its keys and its cache; that of keys only themselves. */
type ObservedHealth = ReceiverHealth | KeyHealth

/** From a token that was verified before (microseconds) to keys that must be fetched first. */
const decisionSeconds = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5,
  1, 5,
]

/**
 * Creates the receiver's instruments.
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
      const all = healths()
      const age = highest(all.map((health) => keyAgeMs(health, now())))
      if (age !== undefined) result.observe(keyAge, age / 1000)
      const cached = sum(all.flatMap((health) => cacheEntries(health)))
      if (cached !== undefined) result.observe(entries, cached)
    },
    [keyAge, entries],
  )
}

/** Keys that were never fetched, such as those of a test, have no age. */
function keyAgeMs(health: ObservedHealth, now: number): number | undefined {
  const { fetchedAt } = 'keys' in health ? health.keys : health
  return fetchedAt === undefined ? undefined : now - fetchedAt
}

function cacheEntries(health: ObservedHealth): number[] {
  return 'tokenCache' in health ? [health.tokenCache.entries] : []
}
