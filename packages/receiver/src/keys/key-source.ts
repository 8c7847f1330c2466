import type { KeyObject } from 'node:crypto'
import { isPromise } from '@countersign/shared/promises'
import { importKeySet } from './key-set.ts'

/** The source of a receiver's signing keys: `googleKeys()`, `localKeys()`, or a test issuer's. */
export interface KeySource {
  /**
   * Returns the public RSA key named `kid`, or `undefined` if the key set has no such key.
   *
   * Returns no promise if the answer is at hand. Throws or rejects if there is no key set at all; the
   * receiver then answers 503 `keys_unavailable`, never 401. As long as a key stays in the set, each call
   * returns the same object.
   */
  key(kid: string): KeyObject | undefined | Promise<KeyObject | undefined>
  /** Resolves once keys are loaded. Rejects if they can't be loaded. */
  ready(): Promise<void>
  /** The state of the keys, for a health page. */
  health(): KeyHealth
}

/** The state of a key source. Times are milliseconds since the epoch. */
export interface KeyHealth {
  /** The key ids at hand. */
  kids: readonly string[]
  /** The emulator's origin, if the keys are the emulator's. */
  emulator?: string
  /** The time at which they were fetched. */
  fetchedAt?: number
  /** The time until which they are fresh. */
  freshUntil?: number
  /** The time until which they are used if newer ones can't be fetched. */
  usableUntil?: number
  /** The error of the last attempt to fetch them, if it failed. */
  lastError?: string
}

/** A change of the keys, as `googleKeys({ onEvent })` receives it. Times are milliseconds since the epoch. */
export type KeyEvent =
  /** Newer keys were fetched. */
  | { type: 'keys_refreshed'; kids: readonly string[]; freshUntil: number }
  /** The endpoint failed. It is asked again at `retryAt`. */
  | { type: 'keys_refresh_failed'; error: Error; retryAt: number }
  /** Keys that are no longer fresh were used, since newer ones can't be fetched; until `usableUntil`. Once a minute. */
  | { type: 'stale_keys_used'; freshUntil: number; usableUntil: number }
  /**
   * A token named a key that is not in the set, also after the keys were fetched again. Once per
   * cool-down, for all such tokens together.
   */
  | { type: 'kid_unknown' }

/**
 * A key source for tests: its keys are given, and nothing is fetched.
 *
 * @param jwks a JWK set (RFC 7517 section 5)
 * @throws {TypeError} if the set has no key that can check an RS256 signature
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
    throw new TypeError(
      'jwks of localKeys must have an RSA key of 2048 bits or more for RS256: write { keys: [publicJwk] }',
      { cause },
    )
  }
}

/**
 * Returns the key if it is at hand; `undefined` if there is no such key, or it would have to be waited
 * for, or the source fails. Never throws, and handles a rejection: an unhandled one would end the process.
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
