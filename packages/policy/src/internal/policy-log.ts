import type { PolicyEvent } from '../watched-policy.ts'

/** Tells what became of each look at a policy's file. */
export interface PolicyTeller {
  unchanged(): void
  reloaded(): void
  /** Once for each reason, not at each look. */
  refused(error: Error): void
}

/** Makes the teller of one file. */
export function policyTeller(
  file: string,
  onEvent: (event: PolicyEvent) => void = writeLine,
): PolicyTeller {
  let told: string | undefined

  function tell(event: PolicyEvent): void {
    try {
      const told: unknown = onEvent(event)
      if (told instanceof Promise) told.catch(() => {})
    } catch {
      // Where the listener's own errors go is the listener's business.
    }
  }

  return {
    unchanged() {
      told = undefined
    },
    reloaded() {
      told = undefined
      tell({ type: 'policy_reloaded', file })
    },
    refused(error) {
      if (error.message === told) return
      told = error.message
      tell({ type: 'policy_refused', file, error })
    },
  }
}

/** As Cloud Logging reads it: one line of JSON on stdout. */
function writeLine(event: PolicyEvent): void {
  const entry =
    event.type === 'policy_reloaded'
      ? { severity: 'NOTICE', message: `countersign follows the newer policy in ${event.file}` }
      : {
          severity: 'ERROR',
          message: `countersign refused the newer policy in ${event.file}, and the old one stays: ${event.error.message}`,
        }
  process.stdout.write(`${JSON.stringify(entry)}\n`)
}
