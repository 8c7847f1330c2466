import type { KeyObject } from 'node:crypto'
import { isPromise } from '@countersign/shared/promises'
import { importKeySet } from './key-set.ts'

/** Where a receiver's signing keys come from: `googleKeys()`, `localKeys()`, or a test issuer's. */
export interface KeySource {
  /**
   * The public RSA key named `kid`, or `undefined` where the key set has none of that name.
   *
   * Answers at once, without a promise, when the answer is at hand. Throws or rejects when no key
   * set can be had at all; the receiver then answers 503 `keys_unavailable`, never 401. As long as
   * a key stays in the set, each call returns the same object.
   */
  key(kid: string): KeyObject | undefined | Promise<KeyObject | undefined>
  /** Resolves once keys are loaded. Rejects when they can't be. */
  ready(): Promise<void>
  /** How the keys are doing, for a health page. */
  health(): KeyHealth
}

/** The state of a key source. Times are milliseconds since the epoch. */
export interface KeyHealth {
  /** The key ids at hand. */
  kids: readonly string[]
  /** The emulator's origin, if these are its keys. */
  emulator?: string
  /** When they were fetched. */
  fetchedAt?: number
  /** Until when they count as fresh. */
  freshUntil?: number
  /** Until when they are used although no newer ones can be had. */
  usableUntil?: number
  /** What went wrong the last time, if the last time went wrong. */
  lastError?: string
}

/** What happened to the keys, told to `googleKeys({ onEvent })`. */
export type KeyEvent =
  /** Newer keys were fetched. */
  | { type: 'keys_refreshed'; kids: readonly string[]; freshUntil: number }
  /** The endpoint failed; `retryAt` says when it is asked again. Times in milliseconds. */
  | { type: 'keys_refresh_failed'; error: Error; retryAt: number }
  /** Keys past their time were used, since no newer ones can be had; until `usableUntil`. Told once a minute. */
  | { type: 'stale_keys_used'; freshUntil: number; usableUntil: number }
  /**
   * A token named a key that is not in the set, and asking again did not help. Told where it was asked:
   * once per cool-down, however many there are.
   */
  | { type: 'kid_unknown' }

/**
 * Keys that are at hand already, for tests: nothing is fetched.
 *
 * @param jwks a JWK set (RFC 7517 section 5)
 * @throws TypeError where no key of it could check an RS256 signature
 *
 * @example
 * ```ts
 * verifyCaller({ allow, audience, keys: localKeys({ keys: [publicJwk] }) })
 * ```
 */
export function localKeys(jwks: { keys: readonly object[] }): KeySource {
  const keys = imported(jwks)
  return {
    key: (kid) => keys.get(kid),
    ready: async () => {},
    health: () => ({ kids: [...keys.keys()] }),
  }
}

function imported(jwks: unknown): ReturnType<typeof importKeySet> {
  try {
    return importKeySet(jwks)
  } catch (cause) {
    throw new TypeError('localKeys wants a key set with an RSA key of 2048 bits or more in it', {
      cause,
    })
  }
}

/**
 * The key, where it is at hand; `undefined` where there is none, or it would have to be waited for,
 * or it can't be had. Never throws, and leaves no rejection behind: an unhandled one ends the
 * process.
 */
export function keyAtHand(keys: KeySource, kid: string): KeyObject | undefined {
  try {
    const key = keys.key(kid)
    if (!isPromise(key)) return key
    Promise.resolve(key).catch(() => {})
    return undefined
  } catch {
    return undefined
  }
}
