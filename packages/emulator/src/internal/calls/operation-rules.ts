import type { Rule } from '@countersign/policy'
import { compilePath, type PathPattern, plainPath } from '@countersign/shared/paths'

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
  const path = plainPath(operation.target)
  return rules.some((rule) => isCovering(rule, operation.method, path))
}

function isCovering(rule: Rule, method: string, path: string | undefined): boolean {
  const { methods, paths } = rule
  const isMethod = methods?.includes(method) ?? true
  const isRead = method === 'HEAD' && methods?.includes('GET')
  if (!isMethod && !isRead) return false
  if (paths === undefined) return true
  return path !== undefined && compiled(rule).some((matches) => matches(path))
}

const patterns = new WeakMap<Rule, readonly PathPattern[]>()

function compiled(rule: Rule): readonly PathPattern[] {
  const known = patterns.get(rule) ?? (rule.paths ?? []).map((path) => compilePath(path, 'paths'))
  patterns.set(rule, known)
  return known
}
