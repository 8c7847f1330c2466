import { pathToRegexp } from 'path-to-regexp'

/** Whether a path is allowed by rules. */
export type PathRule = (path: string) => boolean

/**
 * Compiles path patterns into one rule: a path is allowed where it {@link isPlainPath | is plain} and
 * one of the patterns matches the whole of it, still percent-encoded and in the same case.
 *
 * @param patterns path-to-regexp patterns; `/*` at the end stands for any rest
 * @throws {TypeError} where a pattern doesn't begin with `/` or can't be compiled
 */
export function compilePathRule(patterns: readonly string[]): PathRule {
  const compiled = patterns.map(compile)
  return (path) => isPlainPath(path) && compiled.some((pattern) => pattern.test(path))
}

/**
 * Whether every server reads a path alike: it begins with exactly one `/`, and has no empty or dot
 * segment, backslash, `;` or `#`, encoded slash, backslash or NUL, nor a broken percent escape. Any of these
 * may mean another path to the receiver than to the rule, so such a path matches no rule.
 */
export function isPlainPath(path: string): boolean {
  return path.startsWith('/') && !ambiguous.test(path) && isWellEscaped(path)
}

const ambiguous = /\/\/|[\\;#]|%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:\/|$)/i

function isWellEscaped(path: string): boolean {
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

function compile(pattern: string): RegExp {
  if (!pattern.startsWith('/')) throw new TypeError(`'${pattern}' doesn't begin with '/'`)
  const whole = pattern.replace(/\/\*$/, '/{*rest}')
  return pathToRegexp(whole, { sensitive: true, trailing: false }).regexp
}
