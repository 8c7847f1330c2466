import { refused } from '@countersign/shared/log'
import { isTargetNotAllowedError } from '../errors.ts'
import type { CallEvent, RefusalLogEntry } from '../events.ts'
import type { OwnRefusal } from './call-events.ts'

/** A call that this caller refused, or would have, as the log tells it. */
export function logEntryOf(
  { enforced, target, method, url, status }: CallEvent,
  refusal: OwnRefusal,
  { suppressed, trace }: { suppressed: number; trace: string | undefined },
): RefusalLogEntry {
  const { code } = refusal
  return {
    severity: severityOf(refusal),
    message: `countersign ${refused(enforced)} a call: ${code}. ${wordsOf(refusal)}`,
    code,
    enforced,
    ...(target !== undefined && { target }),
    method,
    url,
    ...(status !== undefined && { status }),
    ...(suppressed > 0 && { suppressed }),
    ...(trace !== undefined && { 'logging.googleapis.com/trace': trace }),
  }
}

/** Calls that were too many to tell one by one. */
export function summaryOf(
  { enforced }: CallEvent,
  refusal: OwnRefusal,
  suppressed: number,
): RefusalLogEntry {
  const { code } = refusal
  return {
    severity: severityOf(refusal),
    message: `countersign ${refused(enforced)} ${suppressed} more calls: ${code}`,
    code,
    enforced,
    suppressed,
  }
}

function severityOf(refusal: OwnRefusal): RefusalLogEntry['severity'] {
  return isTargetNotAllowedError(refusal) ? 'WARNING' : 'ERROR'
}

/** A line has no causes to look into: where a redirect led is told with it. */
function wordsOf({ message, hint, cause }: OwnRefusal): string {
  const why = isTargetNotAllowedError(cause) ? `: ${cause.message}` : ''
  return `${message}${why}. ${hint}`
}
