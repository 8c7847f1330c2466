import type { EmulatorRequest } from '../events.ts'
import { withoutSecrets } from './redact.ts'

/** Enough for a long test run; at most a few megabytes. */
const maxEntries = 10_000
const maxLength = 500

/** A bounded log of the requests to the emulator. */
export interface RequestLog {
  entries: readonly EmulatorRequest[]
  /** Records a request. Other properties of the entry are ignored. */
  record(entry: Omit<EmulatorRequest, 'at'>): void
}

/**
 * A request log that keeps the newest entries.
 *
 * @param now milliseconds since the epoch
 */
export function createRequestLog(now: () => number): RequestLog {
  const entries: EmulatorRequest[] = []
  return {
    entries,
    record: ({ endpoint, service, account, audience, status, drill, refusal }) => {
      if (entries.length === maxEntries) entries.shift()
      entries.push({
        at: now(),
        endpoint,
        ...(service !== undefined && { service }),
        ...(account !== undefined && { account: withoutSecrets(account, maxLength) }),
        ...(audience !== undefined && { audience: withoutSecrets(audience, maxLength) }),
        status,
        ...(drill !== undefined && { drill }),
        ...(refusal && { refusal }),
      })
    },
  }
}
