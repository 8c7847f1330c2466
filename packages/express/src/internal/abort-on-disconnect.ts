/** Refuses a wrong `abortOnDisconnect` at start-up: the first request would be late to hear of it. */
export function assertAbortOnDisconnect(value: unknown): void {
  if (value === 'safe-methods' || value === 'all' || value === 'never') return
  throw new TypeError(
    "abortOnDisconnect is none of the three: leave it out, or write 'safe-methods', 'all' or 'never'",
  )
}
