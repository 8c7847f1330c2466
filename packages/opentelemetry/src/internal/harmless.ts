/** What a function returns; undefined where it throws: telemetry's failures are not the call's. */
export function harmless<T>(observe: () => T): T | undefined {
  try {
    return observe()
  } catch {
    return undefined
  }
}
