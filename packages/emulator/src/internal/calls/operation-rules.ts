import type { Rule } from '@countersign/policy'
import { pathToRegexp } from 'path-to-regexp'

/** What a call wants to do. */
export interface Operation {
  readonly method: string
  /** Path and query as they were sent. */
  readonly target: string
}

/**
 * Whether one of some rules covers an operation, as receivers and callers read them.
 *
 * @param rules from the policy
 * @param operation what the call wants to do
 */
export function areCovering(rules: readonly Rule[], operation: Operation): boolean {
  return rules.some((rule) => isCovering(rule, operation))
}

/**
 * The path of a target, where every server reads it alike: no rule speaks of another one.
 *
 * @param target path and query
 */
export function plainPath(target: string): string | undefined {
  const [path = ''] = target.split('?', 1)
  return path.startsWith('/') && !ambiguous.test(path) && isWellEscaped(path) ? path : undefined
}

const ambiguous = /\/\/|[\\;#]|%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:\/|$)/i

function isWellEscaped(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

function isCovering(rule: Rule, { method, target }: Operation): boolean {
  const { methods, paths } = rule
  const isMethod = methods?.includes(method) ?? true
  const isRead = method === 'HEAD' && methods?.includes('GET')
  if (!isMethod && !isRead) return false
  if (paths === undefined) return true
  const path = plainPath(target)
  return path !== undefined && compiled(rule).some((pattern) => pattern.test(path))
}

const patterns = new WeakMap<Rule, readonly RegExp[]>()

function compiled(rule: Rule): readonly RegExp[] {
  const known = patterns.get(rule) ?? (rule.paths ?? []).map(compile)
  patterns.set(rule, known)
  return known
}

/** `/*` at the end stands for any rest. */
function compile(pattern: string): RegExp {
  const whole = pattern.replace(/\/\*$/, '/{*rest}')
  return pathToRegexp(whole, { sensitive: true, trailing: false }).regexp
}
