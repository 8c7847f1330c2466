import { isWithin } from './elapsed.ts'

/** Remembers failures, so that a broken endpoint is asked less and less often. */
export interface BackOff {
  /** What went wrong the last time, where the last time went wrong. */
  error(): Error | undefined
  /** Whether it is too early to try again. */
  isWaiting(): boolean
  /** Notes a failure; returns when to try again. */
  failed(error: Error, options: { wait: boolean }): number
  /** Forgets all failures. */
  succeeded(): void
}

const firstWaitMs = 1000
const longestWaitMs = 60_000

/** Waits a second, then twice as long each time, up to a minute, less up to half by chance. */
export function backOff(now: () => number): BackOff {
  let last: { error: Error; failedAt: number; waitMs: number } | undefined
  let failures = 0
  return {
    error: () => last?.error,
    isWaiting: () => last !== undefined && isWithin(now() - last.failedAt, last.waitMs),
    failed(error, { wait }) {
      const longest = Math.min(firstWaitMs * 2 ** failures, longestWaitMs)
      const waitMs = wait ? longest * (0.5 + 0.5 * Math.random()) : 0
      failures += 1
      last = { error, failedAt: now(), waitMs }
      return last.failedAt + waitMs
    },
    succeeded() {
      last = undefined
      failures = 0
    },
  }
}
