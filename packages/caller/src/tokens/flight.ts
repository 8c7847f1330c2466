import { abortWithAny, createAbort } from '@countersign/shared/realm/signals'
import { IdTokenError } from '../errors.ts'

/** One attempt to get something. Several callers can wait for it. */
export interface Flight<T> {
  promise: Promise<T>
  /** The time at which it is given up. */
  deadlineMs: number
  /** Gives it up at once: all that wait get `identity_timeout`. */
  giveUp(): void
}

/** The time-out of a flight, and its clock. */
export interface FlightOptions {
  timeoutMs: number
  now: () => number
}

/**
 * Starts an attempt with a time-out of its own, which doesn't depend on who waits for it.
 *
 * Cloud Run freezes the CPU between requests, so the timer can be late: callers that come later also
 * compare `deadlineMs` with the clock.
 *
 * @param work the attempt; its signal is aborted when the flight is given up
 */
export function startFlight<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, now }: FlightOptions,
): Flight<T> {
  const controller = createAbort()
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
 * Waits for a promise that others wait for too, until the signal is aborted.
 *
 * @throws the signal's reason
 */
export function waitFor<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  // Many calls can share one signal, and Node warns from the 11th listener on. This one has its own.
  const follower = abortWithAny([signal])
  return new Promise<T>((resolve, reject) => {
    function leave(): void {
      reject(follower.reason)
    }
    if (follower.aborted) leave()
    follower.addEventListener('abort', leave, { once: true })
    promise.then(resolve, reject).finally(() => follower.removeEventListener('abort', leave))
  })
}

/** Lets the process end in spite of the timer. In jsdom a timer is a number. */
function letExit(timer: Partial<NodeJS.Timeout>): void {
  timer.unref?.()
}

function timedOut(timeoutMs: number): IdTokenError {
  return new IdTokenError('identity_timeout', `No ID token came within ${timeoutMs} ms`, {
    hint: 'Check that the identity source can be reached from here.',
  })
}
