import { createTrouble, writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import type { PolicyEvent } from '../policy.ts'

/** Reports the outcome of each read of a policy's file. */
interface PolicyLog {
  /** After a successful read. Reports a reload if the policy changed or an earlier problem was reported. */
  succeeded(isNewer: boolean): void
  /** After a read that failed or was refused. Reports each reason once, and each hour again, not at each read. */
  refused(error: Error): void
  /** After a read that takes too long. Reports it once, and each hour again, until a read has succeeded. */
  timedOut(error: Error): void
}

interface PolicyLogSettings {
  onEvent: ((event: PolicyEvent) => void) | undefined
  now: () => number
}

/** Creates the log of one file. */
export function createPolicyLog(
  file: string,
  { onEvent = writeEvent, now }: PolicyLogSettings,
): PolicyLog {
  const notify = harmless(onEvent, 'onEvent of watchPolicy')
  const refusal = createTrouble(now)
  const timeout = createTrouble(now)
  let lastRefusal: string | undefined

  function reportRefusal(error: Error): void {
    notify({ type: 'policy_refused', file, error })
  }

  return {
    succeeded(isNewer) {
      // `ends` has to be called on both.
      const isOver = [refusal.ends(), timeout.ends()].includes(true)
      if (isNewer || isOver) notify({ type: 'policy_reloaded', file })
    },
    refused(error) {
      if (error.message !== lastRefusal) refusal.ends()
      lastRefusal = error.message
      if (refusal.persists()) reportRefusal(error)
    },
    timedOut(error) {
      if (timeout.persists()) reportRefusal(error)
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
