// Checks of options, made at start-up. Each throws a TypeError that names the option and says what to write.

/** Refuses a property that nobody reads: a misspelt `paths` would let everything through. */
export function assertKnown(options: object, names: readonly string[], where: string): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new TypeError(`${where} has no "${unknown}": write one of ${names.join(', ')}`)
}

/** Refuses what isn't an object. */
export function assertObject(value: unknown, where: string): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return
  throw new TypeError(`${where} is ${printed(value)}: write an object`)
}

/** Refuses what isn't a function, where it is given. */
export function assertFunction(value: unknown, where: string): void {
  if (value === undefined || typeof value === 'function') return
  throw new TypeError(`${where} is ${printed(value)}: leave it out, or give a function`)
}

/** Refuses what isn't a list. */
export function assertList(
  value: unknown,
  where: string,
  example: string,
): asserts value is readonly unknown[] {
  if (Array.isArray(value)) return
  throw new TypeError(`${where} is ${printed(value)}: write a list, such as ${example}`)
}

/** One of some words, where it is given. */
export function oneOf<T extends string>(
  value: T | undefined,
  where: string,
  words: readonly T[],
): T | undefined {
  if (value === undefined || words.includes(value)) return value
  const choice = words.map((word) => `"${word}"`).join(' or ')
  throw new TypeError(`${where} is ${printed(value)}: write ${choice}`)
}

/** A value as an error shows it. */
export function printed(value: unknown): string {
  return typeof value === 'function' ? 'a function' : String(JSON.stringify(value))
}
