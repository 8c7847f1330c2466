/**
 * Whether less than a span has passed since something. A clock that was set back makes it no: else
 * what should take seconds would take as long as the clock was ahead.
 *
 * @param elapsedMs the time now, less the time then
 */
export function isWithin(elapsedMs: number, spanMs: number): boolean {
  return elapsedMs >= 0 && elapsedMs < spanMs
}
