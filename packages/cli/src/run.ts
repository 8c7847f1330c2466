import { CommanderError } from 'commander'
import { asFailure, type ExitCode, exitCodes } from './command-line/failure.ts'
import { coloured, endWithReader, note } from './command-line/terminal.ts'
import { createProgram } from './program.ts'

/**
 * Runs the command. Writes errors to standard error.
 *
 * @returns the exit code: 0 done, 1 a negative result, 2 wrong usage, 3 something is missing
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
  // Commander has already printed the error, or the help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  const { message, hint, exitCode } = asFailure(error)
  note(message, `${coloured('red', 'error:', process.stderr)} `)
  if (hint !== undefined) note(hint)
  return exitCode
}
