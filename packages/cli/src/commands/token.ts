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

/** `countersign token`: an ID token of a service, from a running emulator. */
export function addTokenCommand(program: Command): void {
  const command = program
    .command('token')
    .summary("a service's ID token, from the emulator")
    .description(
      "Prints an ID token of a service, as the running emulator's metadata server gives it to that service. It is worth nothing but to receivers that trust this emulator.",
    )
    .argument('<service>', 'a service of the policy')
    .requiredOption('--audience <audience>', 'whom it is for: the aud')
  withEmulatorOption(command)
    .option('--json', 'an object with the token')
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
