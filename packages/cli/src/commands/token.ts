import type { Command } from 'commander'
import { examples } from '../command-line/options.ts'
import { type OutputOptions, print } from '../command-line/terminal.ts'
import {
  type EmulatorOptions,
  runningEmulator,
  serviceIdentity,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'

interface TokenOptions extends EmulatorOptions, OutputOptions {
  audience: string
}

/** Adds `countersign token`: an ID token of a service, from a running emulator. */
export function addTokenCommand(program: Command): void {
  const command = program
    .command('token')
    .summary("print a service's ID token, from the emulator")
    .description(
      "Prints an ID token of a service, which the running emulator's metadata server gives to that service. Only receivers that use this emulator accept it.",
    )
    .argument('<service>', 'a service of the policy')
    .requiredOption('--audience <audience>', 'the aud of the token')
  withEmulatorOption(command)
    .option('--json', 'print an object with the token')
    .addHelpText(
      'after',
      examples({
        'countersign token login --audience https://search-123.us-central1.run.app':
          'for curl -H "authorization: Bearer …"',
      }),
    )
    .action(token)
}

async function token(service: string, options: TokenOptions): Promise<void> {
  const identity = await serviceIdentity(runningEmulator(options), service)
  const text = await identity.idToken(options.audience)
  print(options, { data: { token: text }, text })
}
