import { match } from 'path-to-regexp'
import { printed } from './checks.ts'

/** A compiled path pattern. */
export type PathPattern = (path: string) => boolean

/**
 * The path of a request target, or `undefined` where it has none that a rule may speak of.
 *
 * Routers read the raw text, and each in its own way: one cuts at `#`, one decodes `%2f`, one folds
 * `//` and `..`. A path that two readers could take for two different ones matches no rule.
 * `new URL()` is such a reader: it turns `//evil/profiles/7` and `/admin/../profiles/7` into
 * `/profiles/7`.
 */
export function plainPath(target: string | undefined): string | undefined {
  if (target === undefined) return undefined
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  return path.startsWith('/') && !hasDoubtfulText(path) ? path : undefined
}

const doubtfulTexts = ['//', '\\', ';', '#', '%2f', '%5c', '%00'] as const

function hasDoubtfulText(path: string): boolean {
  const lower = path.toLowerCase()
  return (
    doubtfulTexts.some((text) => lower.includes(text)) ||
    hasDotSegment(lower) ||
    hasBadEscape(lower)
  )
}

function hasDotSegment(path: string): boolean {
  if (!path.includes('/.') && !path.includes('/%2e')) return false
  return path.split('/').some((segment) => {
    const dots = segment.replaceAll('%2e', '.')
    return dots === '.' || dots === '..'
  })
}

function hasBadEscape(path: string): boolean {
  if (!path.includes('%')) return false
  try {
    decodeURIComponent(path)
    return false
  } catch {
    return true
  }
}

/**
 * Compiles a pattern for a whole path, at start-up. Case counts, a slash at the end counts, and
 * nothing is decoded. `/*` at the end stands for any rest.
 *
 * @param pattern as path-to-regexp reads it, such as `/profiles/:id`
 * @param where the option it came from, for the error
 */
export function compilePath(pattern: string, where: string): PathPattern {
  if (typeof pattern !== 'string' || !pattern.startsWith('/')) {
    throw new TypeError(`${where} is ${printed(pattern)}: write a path such as "/profiles/:id"`)
  }
  if (hasDoubtfulText(pattern.replaceAll('\\', ''))) {
    throw new TypeError(
      `${where} is "${pattern}", which no path matches: paths with ${doubtfulTexts.join(' ')} or dot segments are never covered by a rule`,
    )
  }
  const matches = matcher(pattern.replace(/\/\*$/, '/{*rest}'), where)
  return (path) => matches(path) !== false
}

function matcher(pattern: string, where: string): ReturnType<typeof match> {
  try {
    return match(pattern, { sensitive: true, trailing: false, decode: false })
  } catch (cause) {
    throw new TypeError(`${where} is "${pattern}", which path-to-regexp can't read: ${cause}`, {
      cause,
    })
  }
}
