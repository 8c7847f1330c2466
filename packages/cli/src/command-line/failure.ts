import { isIdTokenError, isTargetNotAllowedError } from '@countersign/caller'
import { PolicyError } from '@countersign/policy'
import { redact } from '@countersign/shared/redact'

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

/** Takes the code that a command ends with, if that isn't 0. */
export type SetExitCode = (code: ExitCode) => void

/** What a {@link Failure} is made of. */
interface FailureDetails {
  exitCode: ExitCode
  /** What to do about it. */
  hint?: string | undefined
  cause?: unknown
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

/** A failure of the command line: what was written, and what to write. */
export function usageFailure(message: string, hint: string): Failure {
  return new Failure(message, { exitCode: exitCodes.usage, hint })
}

/** Whatever was thrown, as what the user is told. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isIdTokenError(error)) {
    return new Failure(error.message, { exitCode: exitCodes.unavailable, hint: error.hint })
  }
  if (isTargetNotAllowedError(error)) {
    return new Failure(error.message, { exitCode: exitCodes.usage, hint: error.hint })
  }
  if (error instanceof PolicyError && error.code === 'environment_missing') {
    return noEnvironment(error)
  }
  if (error instanceof PolicyError || error instanceof TypeError) {
    return new Failure(error.message, { exitCode: exitCodes.usage })
  }
  if (isErrnoException(error) && error.code === 'EADDRINUSE') return portTaken(error)
  return new Failure(redact(String(error instanceof Error ? error.message : error)), {
    exitCode: exitCodes.unavailable,
  })
}

/** Its own hint is for code. */
function noEnvironment({ message }: PolicyError): Failure {
  const [problem = message] = message.split('\n')
  return usageFailure(problem, 'Write -e with one of them, or set COUNTERSIGN_ENVIRONMENT.')
}

function portTaken({ message }: Error): Failure {
  return new Failure(message, {
    exitCode: exitCodes.unavailable,
    hint: 'Another one may be running. End it, or write --port with another port, or --port 0 for any free ones.',
  })
}

function isErrnoException(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
