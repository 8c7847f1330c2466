import { abortAfter, abortWithAny, createAbort } from '@countersign/shared/realm/signals'

/** One attempt at a time, shared by all callers that wait for it. */
export interface Flight {
  /** Joins the attempt under way, or starts one. */
  join(): Promise<void>
  /** Whether one is under way that can still be joined. */
  isUnderway(): boolean
}

/**
 * Coalesces concurrent calls into one run of `attempt`, with a deadline by the clock: Cloud Run freezes
 * the CPU between requests, and timers with it. If an attempt was frozen past its deadline, the next
 * request gives it up and starts another.
 */
export function createFlight(
  attempt: (signal: AbortSignal) => Promise<void>,
  { timeoutMs, now }: { timeoutMs: number; now: () => number },
): Flight {
  let current: { done: Promise<void>; startedAt: number; abort: AbortController } | undefined

  function isUnderway(): boolean {
    return current !== undefined && isWithin(now() - current.startedAt, timeoutMs)
  }

  function start(): Promise<void> {
    current?.abort.abort(new Error('given up after its deadline'))
    const abort = createAbort()
    const signal = abortWithAny([abort.signal, abortAfter(timeoutMs)])
    const flight = { done: attempt(signal), startedAt: now(), abort }
    function end(): void {
      if (current === flight) current = undefined
    }
    flight.done.then(end, end)
    current = flight
    return flight.done
  }

  return { isUnderway, join: () => (current && isUnderway() ? current.done : start()) }
}

/** Counts failures, so that a broken endpoint is asked less and less often. */
export interface BackOff {
  /** The error of the last attempt, if it failed. */
  error(): Error | undefined
  /** Whether it is too early to try again. */
  isWaiting(): boolean
  /** Records a failure; returns the time of the next attempt. */
  failed(error: Error, options: { wait: boolean }): number
  /** Forgets all failures. */
  succeeded(): void
}

const firstWaitMs = 1000
const longestWaitMs = 60_000

/** Creates a back-off: a second, then twice as long each time, up to a minute, reduced by up to half at random. */
export function createBackOff(now: () => number): BackOff {
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

/**
 * Whether less time than `spanMs` has passed. A negative time, of a clock that was set back, is not
 * within: else a wait of seconds would last for as long as the clock was ahead.
 *
 * @param elapsedMs the time now, less the time then
 */
export function isWithin(elapsedMs: number, spanMs: number): boolean {
  return elapsedMs >= 0 && elapsedMs < spanMs
}
