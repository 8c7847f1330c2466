import { isWithin } from './elapsed.ts'

/** At most one attempt at a time, however many wait for it. */
export interface Flight {
  /** Joins the attempt under way, or starts one. */
  join(): Promise<void>
  /** Whether one is under way that can still be joined. */
  isUnderway(): boolean
}

/**
 * Runs `attempt` for all that wait, with a deadline by the clock: Cloud Run freezes the CPU between
 * requests, timers with it, so an attempt that was frozen past its deadline is given up by the next
 * request, which starts anew.
 */
export function singleFlight(
  attempt: (signal: AbortSignal) => Promise<void>,
  { timeoutMs, now }: { timeoutMs: number; now: () => number },
): Flight {
  let current: { done: Promise<void>; startedAt: number; abort: AbortController } | undefined

  const isUnderway = () => current !== undefined && isWithin(now() - current.startedAt, timeoutMs)

  function start(): Promise<void> {
    current?.abort.abort(new Error('given up: its deadline had passed'))
    const abort = new AbortController()
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(timeoutMs)])
    const flight = { done: attempt(signal), startedAt: now(), abort }
    const land = () => {
      if (current === flight) current = undefined
    }
    flight.done.then(land, land)
    current = flight
    return flight.done
  }

  return { isUnderway, join: () => (current && isUnderway() ? current.done : start()) }
}
