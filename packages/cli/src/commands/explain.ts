import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { type ExitCode, exitCodes, usageFailure } from '../command-line/failure.ts'
import { examples } from '../command-line/options.ts'
import { type OutputOptions, say } from '../command-line/terminal.ts'
import {
  type EmulatorOptions,
  runningEmulator,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'
import { claimLines } from '../internal/claim-lines.ts'
import { type DecodedToken, decodedToken } from '../internal/decoded-token.ts'
import { type Verdict, verdictOn } from '../internal/verdict.ts'
import type { SetExitCode } from '../program.ts'

interface ExplainOptions extends EmulatorOptions, OutputOptions {
  readonly audience?: string
}

/**
 * `countersign explain`: what an ID token says, and what a receiver would make of it.
 *
 * @param program gets the command
 * @param setExitCode told where a receiver would refuse it
 */
export function addExplainCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('explain')
    .summary('what a token says, and whether a receiver would take it')
    .description(
      "Prints what an ID token says, and what verifyCaller would make of it in a service that lists the account that it names. Google's keys are asked for, or the emulator's for a token of its own; the token itself goes nowhere, and is not printed. Ends with 1 where it would be refused, with 3 where no keys can be had.",
    )
    .argument(
      '[token]',
      'the token (default: standard input, which leaves no trace in the history)',
    )
    .option('--audience <audience>', "the receiver's audience (default: the token's own)")
  withEmulatorOption(command)
    .option('--json', 'an object with header, claims and verdict')
    .addHelpText(
      'after',
      examples({
        'countersign token login --audience https://a.example | countersign explain':
          'a token of the emulator',
        'pbpaste | countersign explain --audience https://search-123.us-central1.run.app':
          'would search take it?',
      }),
    )
    .action(async (given: string | undefined, options: ExplainOptions) => {
      setExitCode(await explain(given, options))
    })
}

async function explain(given: string | undefined, options: ExplainOptions): Promise<ExitCode> {
  const token = bare(given ?? (await standardInput()))
  const decoded = decodedToken(token)
  const { url: emulator } = runningEmulator(options)
  const verdict = await verdictOn(token, decoded, { audience: options.audience, emulator })
  say(options, { data: { ...decoded, verdict }, text: described(decoded, verdict) })
  if (verdict.genuine) return exitCodes.ok
  return verdict.code === 'keys_unavailable' ? exitCodes.unavailable : exitCodes.failed
}

function standardInput(): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin)
  throw usageFailure('There is no token', 'Pipe it in, or write it on the command line.')
}

/** As it stands in a header, too. */
function bare(given: string): string {
  return given.trim().replace(/^(authorization:\s*)?(bearer\s+)?/i, '')
}

function described(decoded: DecodedToken | undefined, verdict: Verdict): string {
  const conclusion = verdict.genuine
    ? 'genuine: a receiver with this audience that lists this email takes it'
    : `refused: ${verdict.code}. ${verdict.detail}`
  if (!decoded) return conclusion
  const { header, claims } = decoded
  const now = Date.now()
  const lines = ['header', ...claimLines(header, now), 'claims', ...claimLines(claims, now)]
  return [...lines, conclusion].join('\n')
}
