/** What is asked for its health whenever metrics are collected. */
export interface Observed<Health> {
  /** Adds one, until the function that is returned is called. */
  observe(source: HealthSource<Health>): () => void
  /** The health of each, but for those that fail to tell. */
  healths(): Health[]
}

interface HealthSource<Health> {
  health(): Health
}

/** Makes an empty collection. */
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

/** The highest of some numbers; undefined where there is none. */
export function highest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length > 0 ? Math.max(...known) : undefined
}

/** Their sum; undefined where there is none: a zero would say that something was measured. */
export function sum(values: readonly number[]): number | undefined {
  return values.length > 0 ? values.reduce((total, value) => total + value) : undefined
}

/** What a function returns; undefined where it throws: telemetry's failures are not the call's. */
export function harmless<T>(observe: () => T): T | undefined {
  try {
    return observe()
  } catch {
    return undefined
  }
}
