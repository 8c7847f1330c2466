import type { Command } from 'commander'
import { usageFailure } from '../command-line/failure.ts'
import { examples } from '../command-line/options.ts'
import { type OutputOptions, print } from '../command-line/terminal.ts'
import { decodeToken } from '../doctor/credentials.ts'
import { identityFor } from '../doctor/identity.ts'
import {
  type EmulatorOptions,
  runningEmulator,
  serviceIdentity,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'

interface TokenOptions extends EmulatorOptions, OutputOptions {
  audience: string
  as?: string
  print?: boolean
}

/** Adds `countersign token`: an ID token of a service, from a running emulator; or a genuine one. */
export function addTokenCommand(program: Command): void {
  const command = program
    .command('token')
    .summary("print a service's ID token, from the emulator; or get a genuine one")
    .description(
      "Prints an ID token of a service, which the running emulator's metadata server gives to that service. Only receivers that use this emulator accept it. Without a service it gets a genuine token, as the credentials that it finds or as --as ACCOUNT, and says for whom and for which audience it is; the token itself is printed with --print alone, since whoever has it can call the service for an hour.",
    )
    .argument('[service]', 'a service of the policy, in the emulator')
    .requiredOption(
      '--audience <audience>',
      'the aud of the token, such as the URL of the service to call (required)',
    )
  withEmulatorOption(command)
    .option('--as <account>', 'for a genuine token: the service account to get it as')
    .option('--print', 'print a genuine token')
    .option('--json', 'print an object with the token')
    .addHelpText(
      'after',
      examples({
        'countersign token login --audience https://search-123.us-central1.run.app':
          'for curl -H "authorization: Bearer …"',
        'countersign token --audience https://search-123.us-central1.run.app':
          'whose token would it be?',
      }),
    )
    .action(token)
}

async function token(service: string | undefined, options: TokenOptions): Promise<void> {
  if (service === undefined) return genuineToken(options)
  if (options.as !== undefined || options.print) {
    throw usageFailure(
      "--as and --print are for genuine tokens, not for the emulator's",
      'Leave out the service, or leave out --as and --print.',
    )
  }
  const identity = await serviceIdentity(runningEmulator(options), service)
  const text = await identity.idToken(options.audience)
  print(options, { data: { token: text }, text })
}

async function genuineToken({ audience, as, ...options }: TokenOptions): Promise<void> {
  const identity = await identityFor(as, {})
  const text = await identity.idToken(audience)
  const { email, expiresAt = 0 } = decodeToken(text)
  const expires = new Date(expiresAt).toISOString()
  if (options.print) {
    print(options, { data: { email, audience, expires, token: text }, text })
    return
  }
  print(options, {
    data: { email, audience, expires },
    text: `got an ID token of ${email ?? 'an account without email'} for ${audience}, until ${expires}; --print prints it`,
  })
}
