import type { KeyHealth, ReceiverHealth } from '@countersign/receiver'
import type { Counter, Histogram, Meter } from '@opentelemetry/api'
import { createObserved, highest, type Observed, sum } from './observed.ts'

/** What a receiver is measured with. */
export interface ReceiverInstruments extends Pick<Observed<ObservedHealth>, 'observe'> {
  decisions: Counter
  decisionDuration: Histogram
  keyEvents: Counter
}

/** A receiver tells of its keys and its cache, keys only of themselves. */
export type ObservedHealth = ReceiverHealth | KeyHealth

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
export function receiverInstruments(meter: Meter, now: () => number): ReceiverInstruments {
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
