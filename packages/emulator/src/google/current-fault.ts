import { AsyncLocalStorage } from 'node:async_hooks'
import type { ClaimOverrides } from '../credentials.ts'
import type { Fault } from '../drills.ts'

/**
 * The fault of the current request. The clock and the issuer read it here, so that no handler in
 * between has to pass it on.
 */
const current = new AsyncLocalStorage<Fault>()

/** Answers a request with a fault of its tokens or its clock. */
export function underFault<T>(fault: Fault, answer: () => T): T {
  return current.run(fault, answer)
}

/**
 * Whether the current request has a fault of its tokens or its clock. Its tokens must not be cached
 * for other requests.
 */
export function isUnderFault(): boolean {
  return current.getStore() !== undefined
}

/**
 * A clock that is wrong for requests with the fault `clock-shift`.
 *
 * @param now milliseconds since the epoch
 */
export function shiftedClock(now: () => number): () => number {
  return () => {
    const fault = current.getStore()
    return fault?.kind === 'clock-shift' ? now() + fault.seconds * 1000 : now()
  }
}

/** By how many milliseconds changes of allow policies count later for the current request. */
export function iamDelayMs(): number {
  const fault = current.getStore()
  return fault?.kind === 'iam-delay' ? fault.seconds * 1000 : 0
}

/**
 * The claims that the fault of the current request changes.
 *
 * @param now milliseconds since the epoch
 */
export function faultyClaims(now: number): ClaimOverrides {
  const seconds = Math.floor(now / 1000)
  switch (current.getStore()?.kind) {
    case 'wrong-audience':
      return { aud: 'https://wrong-audience.example' }
    case 'expired-token':
      return { iat: seconds - 7200, exp: seconds - 3600 }
    default:
      return {}
  }
}
