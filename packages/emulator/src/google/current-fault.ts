import { AsyncLocalStorage } from 'node:async_hooks'
import type { ClaimOverrides } from '../credentials.ts'
import type { Fault } from '../drills.ts'

/**
 * The fault of the request that is being answered. The clock and the issuer look it up, so that no
 * handler between has to hand it on.
 */
const current = new AsyncLocalStorage<Fault>()

/** Answers a request under a fault of its tokens or its clock. */
export function underFault<T>(fault: Fault, answer: () => T): T {
  return current.run(fault, answer)
}

/**
 * Whether this request is answered under a fault of its tokens or its clock. What is made for it must
 * not be kept for others.
 */
export function isUnderFault(): boolean {
  return current.getStore() !== undefined
}

/**
 * A clock that is wrong for requests under a `clock-shift`.
 *
 * @param now milliseconds since the epoch
 */
export function shiftedClock(now: () => number): () => number {
  return () => {
    const fault = current.getStore()
    return fault?.kind === 'clock-shift' ? now() + fault.seconds * 1000 : now()
  }
}

/**
 * The claims that the fault of this request makes wrong.
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
