import type { DecisionEvent, KeyEvent, KeySource, Receiver } from '@countersign/receiver'
import { type Attributes, trace } from '@opentelemetry/api'
import { attribute, present } from './internal/attributes.ts'
import { readReceiverMeterOptions } from './internal/options.ts'
import { receiverInstruments } from './internal/receiver-instruments.ts'
import type { ReceiverMeterOptions } from './meter-options.ts'

/** Measures a receiver: its functions are handed to the receiver and its keys. */
export interface ReceiverMeter {
  /**
   * Counts and times a decision, and writes it onto the active span. For `onDecision` of
   * `createReceiver` and `verifyCaller`.
   */
  readonly onDecision: (event: DecisionEvent) => void
  /** Counts what happens to the keys. For `onEvent` of `googleKeys`. */
  readonly onKeyEvent: (event: KeyEvent) => void
  /**
   * Has the age of the keys and the size of the token cache measured whenever metrics are collected.
   *
   * @param source a receiver, or just the keys where an adapter made the receiver. Of several, the
   *   oldest keys and the sum of the cached tokens are told
   * @returns ends it
   */
  readonly observe: (source: Pick<Receiver, 'health'> | Pick<KeySource, 'health'>) => () => void
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
