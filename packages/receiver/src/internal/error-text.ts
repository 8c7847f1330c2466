/** An error in one line, with its cause: what `health()`, events and the log tell of our own failures. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
