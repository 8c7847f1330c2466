import { redactWith, withoutCredentials } from '@countersign/shared/redact'
import { PolicyError } from '../policy-error.ts'
import type { PolicyDocument } from './document.ts'

/** The keys that lead to a value, from the root. */
export type Path = readonly (string | number)[]

/** Something wrong in a policy, before its place in the file is looked up. */
export interface Finding {
  path: Path
  /** What is there. */
  problem: string
  /** What to write instead. */
  hint: string
}

/** A problem quotes what is there, which may be a key or a token that was pasted. */
const longestProblem = 500

/** Throws one `policy_invalid` with everything that was found, in the order of the file. */
export function refuseFindings(document: PolicyDocument, findings: readonly Finding[]): void {
  if (findings.length === 0) return
  const issues = findings
    .map(({ path, problem, hint }) => {
      const position = document.positionOf(path)
      return {
        path: pathText(path),
        problem: redactWith(withoutCredentials, problem, longestProblem),
        hint,
        line: position?.line,
        column: position?.column,
      }
    })
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  const count = issues.length === 1 ? 'one thing is' : `${issues.length} things are`
  throw new PolicyError({
    code: 'policy_invalid',
    problem: `${document.name} is no valid policy: ${count} wrong`,
    hint: issues.map((issue) => issue.hint).join('; '),
    issues,
  })
}

/** A path as one would write it in code: `services.login.calls["user-profiles"][0]`. */
export function pathText(path: Path): string {
  return path.map(keyText).join('').replace(/^\./, '')
}

function keyText(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
