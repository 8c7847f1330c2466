import { isIdTokenError, isTargetNotAllowedError } from '@countersign/caller'
import { PolicyError } from '@countersign/policy'
import { redact } from '@countersign/shared/redact'
import { exitCodes, Failure, usageFailure } from './failure.ts'

/**
 * Whatever was thrown, as what the user is told.
 *
 * @param error what was thrown
 */
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
