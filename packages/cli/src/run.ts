import { isIdTokenError, isTargetNotAllowedError } from '@countersign/caller'
import { PolicyError } from '@countersign/policy'
import { CommanderError } from 'commander'
import { type ExitCode, exitCodes, Failure } from './internal/failure.ts'
import { coloured, endWithReader, note } from './internal/terminal.ts'
import { createProgram } from './program.ts'

/**
 * Runs the command, and says what went wrong on standard error.
 *
 * @param args what was written after `countersign`
 * @returns the exit code: 0 done, 1 the answer is no, 2 wrong usage, 3 something isn't there
 */
export async function run(args: readonly string[]): Promise<ExitCode> {
  endWithReader()
  let code: ExitCode = exitCodes.ok
  try {
    const program = createProgram((result) => {
      code = result
    })
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return explain(error)
  }
}

function explain(error: unknown): ExitCode {
  // It has said what is wrong, or shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  const { message, hint, exitCode } = asFailure(error)
  note(`${coloured('red', 'error:', process.stderr)} ${message}`)
  if (hint !== undefined) note(hint)
  return exitCode
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isIdTokenError(error)) {
    return new Failure(error.message, { exitCode: exitCodes.unavailable, hint: error.hint })
  }
  if (isTargetNotAllowedError(error)) {
    return new Failure(error.message, { exitCode: exitCodes.usage, hint: error.hint })
  }
  if (error instanceof PolicyError || error instanceof TypeError) {
    return new Failure(error.message, { exitCode: exitCodes.usage })
  }
  if (isErrnoException(error) && error.code === 'EADDRINUSE') return portTaken(error)
  return new Failure(String(error instanceof Error ? error.message : error), {
    exitCode: exitCodes.unavailable,
  })
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
