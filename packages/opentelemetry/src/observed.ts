/** The sources whose health is read whenever metrics are collected. */
export interface Observed<Health> {
  /** Adds a source, until the returned function is called. */
  observe(source: HealthSource<Health>): () => void
  /** Returns the health of each source, without those that throw. */
  healths(): Health[]
}

interface HealthSource<Health> {
  health(): Health
}

/** Creates an empty collection. */
export function createObserved<Health>(): Observed<Health> {
  const sources = new Set<HealthSource<Health>>()
  return {
    observe(source) {
      sources.add(source)
      return () => {
        sources.delete(source)
      }
    },
    healths: () => [...sources].flatMap((source) => harmless(() => source.health()) ?? []),
  }
}

/** Returns the highest of some numbers; undefined if there is no number. */
export function highest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length > 0 ? Math.max(...known) : undefined
}

/** Returns the sum; undefined if there is no number, since a zero would look like a measurement. */
export function sum(values: readonly number[]): number | undefined {
  return values.length > 0 ? values.reduce((total, value) => total + value) : undefined
}

/** Returns the function's result; undefined if it throws: a failure of telemetry must not fail the call. */
export function harmless<T>(observe: () => T): T | undefined {
  try {
    return observe()
  } catch {
    return undefined
  }
}
