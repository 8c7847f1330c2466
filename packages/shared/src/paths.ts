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
    throw new TypeError(`${where} is ${printed(pattern)}: write a path such as "/profiles/:id"`)
  }
  if (!isPlainPattern(pattern)) {
    throw new TypeError(
      `${where} is "${pattern}", which no path matches: paths with // \\ ; # %2f %5c %00, dot segments or broken escapes are never covered by a rule`,
    )
  }
  const whole = pattern === '/*' ? '/{*rest}' : pattern.replace(/\/\*$/, '/*rest')
  const matches = matcher(whole, pattern, where)
  return (path) => matches(path) !== false
}

function matcher(whole: string, pattern: string, where: string): ReturnType<typeof match> {
  try {
    return match(whole, { sensitive: true, trailing: false, decode: false })
  } catch (cause) {
    throw new TypeError(`${where} is "${pattern}", which path-to-regexp can't read: ${cause}`, {
      cause,
    })
  }
}
