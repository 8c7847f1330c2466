import { writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import type { PolicyEvent } from '../policy.ts'

/** Tells what became of each look at a policy's file. */
interface PolicyLog {
  /** A look that worked. Told where the policy is newer, or something was told of before. */
  succeeded(isNewer: boolean): void
  /** Once for each reason, not at each look. */
  refused(error: Error): void
  /** A look that takes too long. Once, until one has worked. */
  timedOut(error: Error): void
}

/** Makes the teller of one file. */
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
          message: `countersign follows the policy in ${event.file} as it is now`,
        }
      : {
          severity: 'ERROR',
          message: `countersign refused the newer policy in ${event.file}, and the old one stays: ${event.error.message}`,
        }
  writeLine(entry)
}
