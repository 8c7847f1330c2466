import { isIdTokenError, isTargetNotAllowedError } from '@countersign/caller'
import { PolicyError } from '@countersign/policy'
import { redact } from '@countersign/shared/redact'

/** The exit codes of the command, which docs/reference/cli.md documents. */
export const exitCodes = {
  ok: 0,
  /** The command did its work, and the result is negative: a call was refused, a service failed. */
  failed: 1,
  /** Invalid command line, policy or environment. */
  usage: 2,
  /** Something is missing: an emulator, credentials, a free port. */
  unavailable: 3,
} as const

/** An exit code of the command. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Sets the command's exit code, if it isn't 0. */
export type SetExitCode = (code: ExitCode) => void

interface FailureDetails {
  exitCode: ExitCode
  /** What to do about it. */
  hint?: string | undefined
  cause?: unknown
}

/** An error that is shown to the user without a stack trace. */
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

/** A failure of the command line, with what is wrong and what to write. */
export function usageFailure(message: string, hint: string): Failure {
  return new Failure(message, { exitCode: exitCodes.usage, hint })
}

/** Turns any thrown value into a failure. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isIdTokenError(error)) {
    const hint = error.code === 'no_credentials' ? signInHint : error.hint
    return new Failure(error.message, { exitCode: exitCodes.unavailable, hint })
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

/** The error's own hint is about a service: it proposes `countersign dev`, within which this can be. */
const signInHint =
  'Run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS.'

/** The error's own hint is about code, not about the command line. */
function noEnvironment({ message, hint }: PolicyError): Failure {
  const problem = message.replace(`: ${hint}`, '')
  return usageFailure(problem, 'Write -e NAME with one of them, or set COUNTERSIGN_ENVIRONMENT.')
}

function portTaken({ message }: Error): Failure {
  return new Failure(message, {
    exitCode: exitCodes.unavailable,
    hint: 'Perhaps another one is running. Stop it, or write --port with a different port, or --port 0 for free ports.',
  })
}

function isErrnoException(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
