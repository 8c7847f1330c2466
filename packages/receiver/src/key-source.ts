import type { KeyObject } from 'node:crypto'

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
