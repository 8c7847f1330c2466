import { IdTokenError } from '../errors.ts'

/** One attempt to get something, which many may wait for. */
export interface Flight<T> {
  promise: Promise<T>
  /** When it is given up, by the clock on the wall. */
  deadlineMs: number
  /** Gives it up at once: whoever waits gets `identity_timeout`. */
  giveUp(): void
}

/** What a flight needs beside its work. */
export interface FlightOptions {
  timeoutMs: number
  now: () => number
}

/**
 * Starts an attempt whose time-out is its own, whoever waits for it.
 *
 * Cloud Run freezes the CPU between requests, so the timer alone can't be trusted: whoever comes
 * later looks at `deadlineMs` too.
 *
 * @param work the attempt; its signal is aborted when the flight is given up
 */
export function startFlight<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, now }: FlightOptions,
): Flight<T> {
  const controller = new AbortController()
  const deadlineMs = now() + timeoutMs
  const promise = new Promise<T>((resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason))
    work(controller.signal).then(resolve, reject)
  })
  function giveUp(): void {
    controller.abort(timedOut(timeoutMs))
  }
  const timer = setTimeout(giveUp, timeoutMs)
  letExit(timer)
  promise.catch(() => {}).finally(() => clearTimeout(timer))
  return { promise, deadlineMs, giveUp }
}

/**
 * Waits for something that others wait for too, until the signal says to wait no longer.
 *
 * @throws the signal's reason
 */
export function waitFor<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  // One signal may be that of many calls: listeners of its own are a warning of Node's from the 11th on.
  const follower = AbortSignal.any([signal])
  return new Promise<T>((resolve, reject) => {
    function leave(): void {
      reject(follower.reason)
    }
    if (follower.aborted) leave()
    follower.addEventListener('abort', leave, { once: true })
    promise.then(resolve, reject).finally(() => follower.removeEventListener('abort', leave))
  })
}

/** In jsdom a timer is a number. */
function letExit(timer: Partial<NodeJS.Timeout>): void {
  timer.unref?.()
}

function timedOut(timeoutMs: number): IdTokenError {
  return new IdTokenError('identity_timeout', `No ID token came within ${timeoutMs} ms`, {
    hint: 'Check that the identity source can be reached from here.',
  })
}
