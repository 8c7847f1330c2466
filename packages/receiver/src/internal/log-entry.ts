import { refused } from '@countersign/shared/log'
import type { DenialCode } from '../decision.ts'
import type { DecisionEvent, DenialLogEntry } from '../events.ts'
import { denialOf } from './denials.ts'

type Outcome = DecisionEvent['outcome']

/** A denial as the log tells it. */
export function logEntryOf(
  event: DecisionEvent,
  { suppressed, trace }: { suppressed: number; trace: string | undefined },
): DenialLogEntry {
  const { outcome, code = 'token_missing', caller, method, path, got, expected } = event
  const { detail } = denialOf(code)
  return {
    severity: severityOf(code),
    message: `countersign ${refused(outcome === 'denied')} a call: ${code}. ${detail}`,
    code,
    enforced: outcome === 'denied',
    ...(caller && { caller: caller.email }),
    ...(method !== undefined && { method }),
    ...(path !== undefined && { path }),
    ...(got !== undefined && { got }),
    ...(expected !== undefined && { expected }),
    ...(suppressed > 0 && { suppressed }),
    ...(trace !== undefined && { 'logging.googleapis.com/trace': trace }),
  }
}

/** Denials that were too many to tell one by one. */
export function summaryOf(
  code: DenialCode,
  { outcome, suppressed }: { outcome: Outcome; suppressed: number },
): DenialLogEntry {
  return {
    severity: severityOf(code),
    message: `countersign ${refused(outcome === 'denied')} ${suppressed} more calls: ${code}`,
    code,
    enforced: outcome === 'denied',
    suppressed,
  }
}

/** What is our own fault is for whoever runs the service. */
function severityOf(code: DenialCode): DenialLogEntry['severity'] {
  return denialOf(code).status === 503 ? 'ERROR' : 'WARNING'
}
