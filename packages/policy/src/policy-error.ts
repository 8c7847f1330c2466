import { withoutCredentials } from '@countersign/shared/redact'

/** Why a policy can't be loaded, or can't answer a question. Codes are stable; messages may change. */
export type PolicyErrorCode =
  /** The file can't be read, or not in time. */
  | 'policy_unreadable'
  /** The file is not JSON with comments, or its content is invalid: see `issues`. */
  | 'policy_invalid'
  /** The file has no environment of that name. */
  | 'environment_unknown'
  /** The file has several environments, and none was chosen. */
  | 'environment_missing'
  /** The file has no service of that name. */
  | 'service_unknown'
  /** Nobody may call the service, so there is nothing to allow. */
  | 'no_callers'
  /** The service calls nobody, so there is nothing to sign. */
  | 'no_targets'
  /** The service can't be called: it has no URL. */
  | 'no_url'

/** One problem in a policy. */
export interface PolicyIssue {
  /** The place, as it would be written in code: `services.login.calls["user-profiles"][0].methods[0]`. */
  path: string
  /** What is wrong, such as `is "http://a.example"`: a sentence whose subject is `path`. */
  problem: string
  /** What to write instead. */
  hint: string
  /** The line in the file, from 1; undefined if the policy was given as an object. */
  line: number | undefined
  /** The column in the file, from 1; undefined if the policy was given as an object. */
  column: number | undefined
}

/** The parts of a {@link PolicyError}. */
export interface PolicyErrorDetails {
  code: PolicyErrorCode
  /** What is wrong, in one line. */
  problem: string
  /** What to do about it. */
  hint: string
  /**
   * The place in the policy.
   *
   * @default the path of the first issue
   */
  path?: string
  /**
   * All problems of the policy.
   *
   * @default none
   */
  issues?: readonly PolicyIssue[]
  /** The error behind this one. */
  cause?: unknown
}

/** A policy can't be loaded, or it can't answer a question. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  /** The stable, machine-readable reason. */
  readonly code: PolicyErrorCode
  /** What to do about it. */
  readonly hint: string
  /** The place in the policy, such as `services.login.url`; undefined if it is not a single place. */
  readonly path: string | undefined
  /** All problems of an invalid policy, in the order of the file; empty for other codes. */
  readonly issues: readonly PolicyIssue[]

  constructor({ code, problem, hint, path, issues = [], cause }: PolicyErrorDetails) {
    const message =
      issues.length > 0
        ? [problem, ...issues.map(issueLine), `  ${reference}`].join('\n')
        : `${problem}: ${hint}`
    super(withoutCredentials(message), cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = withoutCredentials(hint)
    this.issues = issues.map(shownIssue)
    this.path = path ?? this.issues[0]?.path
  }
}

const reference = 'countersign.schema.json of @countersign/policy describes each field'

/** A secret can be in the wrong place of a policy by mistake, as a key too. */
function shownIssue({ path, problem, hint, ...position }: PolicyIssue): PolicyIssue {
  return {
    path: withoutCredentials(path),
    problem: withoutCredentials(problem),
    hint: withoutCredentials(hint),
    ...position,
  }
}

function issueLine({ path, problem, hint, line, column }: PolicyIssue): string {
  const position = line === undefined ? '' : `${line}:${column} `
  return `  ${position}${path || 'the policy'} ${problem}: ${hint}`
}
