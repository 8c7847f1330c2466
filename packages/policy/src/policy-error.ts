/** Why a policy can't be loaded, or can't answer. The contract: messages may change, codes don't. */
export type PolicyErrorCode =
  /** The file can't be read. */
  | 'policy_unreadable'
  /** The file is no JSON with comments, or says something that can't be meant: see `issues`. */
  | 'policy_invalid'
  /** No environment of that name in the file. */
  | 'environment_unknown'
  /** The file has environments, and nobody said which. */
  | 'environment_missing'
  /** No service of that name in the file. */
  | 'service_unknown'
  /** Nobody may call the service, so there is nothing to allow. */
  | 'no_callers'
  /** The service calls nobody, so there is nothing to sign. */
  | 'no_targets'
  /** The service can't be called: it has no URL. */
  | 'no_url'

/** One thing that is wrong in a policy. */
export interface PolicyIssue {
  /** Where, as one would write it in code: `services.login.calls["user-profiles"][0].methods[0]`. */
  path: string
  /** What is there. */
  problem: string
  /** What to write instead. */
  hint: string
  /** Its line in the file, from 1; undefined where the policy came as an object. */
  line: number | undefined
  /** Its column in the file, from 1; undefined where the policy came as an object. */
  column: number | undefined
}

/** What a {@link PolicyError} is made of. */
export interface PolicyErrorDetails {
  code: PolicyErrorCode
  /** What is wrong, in one line. */
  problem: string
  /** What to do about it. */
  hint: string
  /** Where in the policy. Left out: the path of the first issue. */
  path?: string
  /** Everything that is wrong. Left out: none. */
  issues?: readonly PolicyIssue[]
  /** The error behind this one. */
  cause?: unknown
}

/** A policy that can't be loaded, or a question that it has no answer to. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  /** The stable, machine-readable reason. */
  readonly code: PolicyErrorCode
  /** What to do about it. */
  readonly hint: string
  /** Where in the policy, such as `services.login.url`; undefined where it is no one place. */
  readonly path: string | undefined
  /** Everything that is wrong with an invalid policy, in the order of the file; else empty. */
  readonly issues: readonly PolicyIssue[]

  constructor({ code, problem, hint, path, issues = [], cause }: PolicyErrorDetails) {
    const lines = issues.length > 0 ? issues.map(issueLine) : [`  ${hint}`]
    super([problem, ...lines].join('\n'), cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hint
    this.path = path ?? issues[0]?.path
    this.issues = issues
  }
}

function issueLine({ path, problem, hint, line, column }: PolicyIssue): string {
  const position = line === undefined ? '' : `${line}:${column} `
  return `  ${position}${path === '' ? '' : `${path}: `}${problem}; ${hint}`
}
