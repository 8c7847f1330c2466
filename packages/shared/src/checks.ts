// Checks of options, made at start-up. Each throws a TypeError that names the option and says what to write.

import { redactWith, withoutCredentials } from './redact.ts'

/** The key under which a middleware names the options that it has taken out itself. */
const ownOptions: unique symbol = Symbol.for('@countersign/ownOptions')

/** Refuses an unknown property: a misspelt `paths` would let everything through. */
export function assertKnown(options: object, names: readonly string[], where: string): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  const { [ownOptions]: own = [] } = options as { [ownOptions]?: readonly string[] }
  const all = [...names, ...own]
  const near = nearest(unknown, all)
  const guess = near === undefined ? '' : ` (did you mean "${near}"?)`
  throw new TypeError(`${where} has no ${printed(unknown)}: write one of ${all.join(', ')}${guess}`)
}

/** The word that was probably meant: one or, if the text is long enough, two letters are different. */
export function nearest(text: string, words: readonly string[]): string | undefined {
  const typed = text.toLowerCase()
  for (let edits = 0; edits <= 2 && edits * 2 < text.length; edits += 1) {
    const near = words.find((word) => isNear(typed, word.toLowerCase(), edits))
    if (near !== undefined) return near
  }
  return undefined
}

/** Whether a text becomes another by at most so many letters that are added, removed or replaced. */
function isNear(one: string, other: string, edits: number): boolean {
  if (one === other) return true
  const [tail, otherTail] = [one.slice(1), other.slice(1)]
  if (one[0] === other[0]) return isNear(tail, otherTail, edits)
  if (edits === 0) return false
  const pairs = [
    [tail, other],
    [one, otherTail],
    [tail, otherTail],
  ] as const
  return pairs.some(([left, right]) => isNear(left, right, edits - 1))
}

/**
 * Refuses what isn't an object; a list isn't one.
 *
 * @param example what to write
 */
export function assertObject(
  value: unknown,
  where: string,
  example = '{ … }',
): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return
  throw new TypeError(`${where} must be an object, but is ${printed(value)}: write ${example}`)
}

/** Refuses what isn't a function, if it is given. */
export function assertFunction(value: unknown, where: string): void {
  if (value === undefined || typeof value === 'function') return
  throw new TypeError(
    `${where} must be a function, but is ${printed(value)}: write one, or leave it out`,
  )
}

/** Refuses what isn't a string with something in it, if it is given. It can be a secret, so it isn't shown. */
export function assertText(value: unknown, where: string): asserts value is string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return
  throw new TypeError(`${where} must be a string that is not empty: write one, or leave it out`)
}

/** Refuses what isn't a list of strings with something in it, if it is given. */
export function assertTexts(
  value: unknown,
  where: string,
): asserts value is readonly string[] | undefined {
  if (value === undefined || (Array.isArray(value) && value.length > 0 && value.every(isText)))
    return
  throw new TypeError(`${where} must be a list of strings: write at least one, or leave it out`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/**
 * Refuses an audience that is a host of Google's without `https://`: no token has such an `aud`. Any
 * other text can be a custom audience.
 */
export function assertNoBareHost(audience: string, where: string): void {
  const url = urlOfBareHost(audience)
  if (url === undefined) return
  throw new TypeError(`${where} must be a URL, but is ${printed(audience)}: write "${url}"`)
}

/** Refuses an audience that no token has, since it is several, a pattern, or has something around it. */
export function assertOneAudience(audience: string, where: string): void {
  if (!isImpossibleAudience(audience)) return
  throw new TypeError(
    `${where} must be one audience, as it stands in aud, but is ${printed(audience)}: write it without quotation marks, brackets, wildcards and variables around or in it, and each by itself`,
  )
}

/** Whether no token can have an audience: any text can be one, but not what tools and patterns leave in a text. */
export function isImpossibleAudience(audience: string): boolean {
  return impossibleAudience.test(audience) || severalUrls.test(audience)
}

const impossibleAudience = /^["'<[]|["'>]$|\$\{|\p{Cf}|^https?:\/\/[^/?#]*\*/iu

const severalUrls = /^https?:\/\/[^?#]*[,;\s]\s*https?:\/\//i

/** The URL that was meant by a host of Cloud Run or Cloud Functions without a scheme. */
export function urlOfBareHost(audience: string): string | undefined {
  const isBare = /^[a-z0-9.-]+\.(run\.app|cloudfunctions\.net)(\/|$)/i.test(audience)
  return isBare ? `https://${audience.replace(/\/$/, '')}` : undefined
}

/** One of some words, if it is given. */
export function oneOf<T extends string>(
  value: T | undefined,
  where: string,
  words: readonly T[],
): T | undefined {
  if (value === undefined || words.includes(value)) return value
  const choice = words.map((word) => `"${word}"`).join(' or ')
  throw new TypeError(`${where} must be ${choice}, but is ${printed(value)}`)
}

const longestPrinted = 300

/** A value as an error shows it: without secrets, which can be in the wrong option by mistake. */
export function printed(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  return shown(textOf(value))
}

/** A text of the options as an error shows it: without secrets, and not too long. */
export function shown(text: string): string {
  return redactWith(withoutCredentials, text, longestPrinted)
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value)
  try {
    return String(JSON.stringify(value))
  } catch {
    return String(value)
  }
}
