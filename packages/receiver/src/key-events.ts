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
