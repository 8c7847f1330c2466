/** Chance that can be had again: the same seed draws the same values. */
export interface SeededRandom {
  /** A whole number from 0 to below `end`. */
  below(end: number): number
  /** Whether something with this likelihood, 0 to 1, happens. */
  happens(likelihood: number): boolean
  /** One of a list. */
  pick<T>(list: readonly T[]): T
}

/** Draws by mulberry32, seeded with a hash of the text, so that neighbours have nothing in common. */
export function seededRandom(seed: string): SeededRandom {
  let state = fnv1a(seed)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(next() * end)
  return {
    below,
    happens: (likelihood) => next() < likelihood,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193)
  return hash
}
