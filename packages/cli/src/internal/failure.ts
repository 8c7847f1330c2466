/** What the command's exit code says. The contract: docs/reference/cli.md. */
export const exitCodes = {
  ok: 0,
  /** It did what was asked, and the answer is no: a call was refused, a service ended in an error. */
  failed: 1,
  /** The command line, the policy or the environment can't be meant. */
  usage: 2,
  /** What it needs is not there: an emulator, credentials, a free port. */
  unavailable: 3,
} as const

/** A code that the command ends with. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What a {@link Failure} is made of. */
export interface FailureDetails {
  readonly exitCode: ExitCode
  /** What to do about it. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** An end that the user is told of in words, without a stack. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: ExitCode
  readonly hint: string | undefined

  constructor(message: string, { exitCode, hint, cause }: FailureDetails) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = exitCode
    this.hint = hint
  }
}

/**
 * A failure of the command line: what was written, and what to write.
 *
 * @param message what is wrong
 * @param hint what to write instead
 */
export function usageFailure(message: string, hint: string): Failure {
  return new Failure(message, { exitCode: exitCodes.usage, hint })
}
