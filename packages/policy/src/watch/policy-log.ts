import { writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import type { PolicyEvent } from '../policy.ts'

/** Reports the outcome of each read of a policy's file. */
interface PolicyLog {
  /** After a successful read. Reports a reload if the policy changed or an earlier problem was reported. */
  succeeded(isNewer: boolean): void
  /** After a read that failed or was refused. Reports each reason once, not at each read. */
  refused(error: Error): void
  /** After a read that takes too long. Reports it once, until a read has succeeded. */
  timedOut(error: Error): void
}

/** Creates the log of one file. */
export function createPolicyLog(
  file: string,
  onEvent: (event: PolicyEvent) => void = writeEvent,
): PolicyLog {
  const notify = harmless(onEvent, 'onEvent of watchPolicy')
  let lastRefusal: string | undefined
  let isTimeoutReported = false

  function reportRefusal(error: Error): void {
    notify({ type: 'policy_refused', file, error })
  }

  return {
    succeeded(isNewer) {
      const isOver = lastRefusal !== undefined || isTimeoutReported
      lastRefusal = undefined
      isTimeoutReported = false
      if (isNewer || isOver) notify({ type: 'policy_reloaded', file })
    },
    refused(error) {
      if (error.message === lastRefusal) return
      lastRefusal = error.message
      reportRefusal(error)
    },
    timedOut(error) {
      if (isTimeoutReported) return
      isTimeoutReported = true
      reportRefusal(error)
    },
  }
}

function writeEvent(event: PolicyEvent): void {
  const entry =
    event.type === 'policy_reloaded'
      ? {
          severity: 'NOTICE',
          message: `countersign uses the current policy in ${event.file}`,
        }
      : {
          severity: 'ERROR',
          message: `countersign refused the newer policy in ${event.file}, and the old one stays in force: ${event.error.message}`,
        }
  writeLine(entry)
}
