import { match } from 'path-to-regexp'
import { printed } from './checks.ts'

/** A compiled path pattern. It is asked about plain paths only. */
export type PathPattern = (path: string) => boolean

/**
 * The path of a request target; `undefined` if it has none that a rule can speak of.
 *
 * `new URL()` must not read it: it turns `//evil/profiles/7` and `/admin/../profiles/7` into
 * `/profiles/7`, and routers don't.
 *
 * @param target path and query, as they were sent
 */
export function plainPath(target: string | undefined): string | undefined {
  if (target === undefined) return undefined
  const path = withoutQuery(target)
  return isPlainPath(path) ? path : undefined
}

/** A request target up to its query. */
export function withoutQuery(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}

/**
 * The longest path that a rule can match, in characters. A longer one is not examined: its sender needs
 * no token, and servers accept targets of 15 KB, and of 60 KB over HTTP/2.
 */
export const maxPathLength = 2048

/**
 * Whether every server reads a path alike. Routers read the raw text, and each in its own way: one
 * cuts at `#`, one decodes `%2f`, one folds `//` and `..`, one trims a no-break space that HTTP/2 let
 * through. A path that two readers could take for two different ones matches no rule.
 */
export function isPlainPath(path: string): boolean {
  if (path.length > maxPathLength || !path.startsWith('/')) return false
  return !ambiguous.test(path) && isWellEscaped(path)
}

/** The same of a pattern, in which a backslash lets a character stand for itself. */
export function isPlainPattern(pattern: string): boolean {
  const text = pattern.replaceAll('\\', '')
  return !ambiguousInPattern.test(text) && isWellEscaped(text)
}

const ambiguousInPattern = /\/\/|[;#]|%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:\/|$)/i
const ambiguous = /[^\x21-\x7e]|\\|\/\/|[;#]|%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:\/|$)/i

function isWellEscaped(path: string): boolean {
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/**
 * Compiles a pattern for a whole path, at start-up. Case counts, a slash at the end counts, and
 * nothing is decoded. `/*` at the end stands for everything below: at least one character, since
 * routers take `/profiles/` for `/profiles`. `/*` alone is every path.
 *
 * @param pattern as path-to-regexp reads it, such as `/profiles/:id`
 * @param where the option it came from, for the error
 * @throws TypeError if no path could match it
 */
export function compilePath(pattern: string, where: string): PathPattern {
  if (typeof pattern !== 'string' || !pattern.startsWith('/')) {
    throw new TypeError(
      `${where} must be a path, but is ${printed(pattern)}: write one such as "/profiles/:id"`,
    )
  }
  if (!isPlainPattern(pattern)) {
    throw new TypeError(
      `${where} must be a plain path, but is "${pattern}": write it without // \\ ; # %2f %5c %00, dot segments and broken escapes, which no rule covers`,
    )
  }
  try {
    return matcherOf(pattern)
  } catch (cause) {
    throw new TypeError(
      `${where} must be a path pattern, but is "${pattern}": ${patternRemedy(pattern)}`,
      { cause },
    )
  }
}

/** Throws if path-to-regexp can't read the pattern. */
function matcherOf(pattern: string): PathPattern {
  const whole = pattern === '/*' ? '/{*rest}' : pattern.replace(/\/\*$/, '/*rest')
  const matches = match(whole, { sensitive: true, trailing: false, decode: false })
  return (path) => matches(path) !== false
}

/**
 * What to write instead of a pattern that can't be read: other routers and glob tools write `/**`,
 * `/:id?` and `/:id(\\d+)`.
 *
 * @param before a text in front of it, such as a route's method
 */
export function patternRemedy(pattern: string, before = ''): string {
  const known = rewrites.reduce((text, [part, other]) => text.replace(part, other), pattern)
  const literal = known.replace(/[+!()[\]]/g, '\\$&')
  const readable = [known, literal].find(isReadable)
  if (readable === undefined) return `write ${patternWords}`
  return `write "${before}${readable}" (${patternWords})`
}

const patternWords =
  '":name" for one segment, "/*" at the end for everything below, "\\" before a character that stands for itself'

/** Each part that other tools write, and what stands for it here. */
const rewrites: readonly [RegExp, string][] = [
  [/(?:\/?\*+|\/\(\.\*\))(?:\/\*+)?$/, '/*'],
  [/\/(?:\*+|\(\.\*\))(?=\/)/g, '/:any'],
  [/(:\w+)\([^/]*\)/g, '$1'],
  [/\/(:\w+)\?/g, '{/$1}'],
]

function isReadable(pattern: string): boolean {
  try {
    return isPlainPattern(pattern) && matcherOf(pattern) !== undefined
  } catch {
    return false
  }
}
