import { type Command, Option } from 'commander'
import { examples } from '../command-line/options.ts'
import { type OutputOptions, say } from '../command-line/terminal.ts'
import {
  type EmulatorOptions,
  runningEmulator,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'
import {
  type EnvironmentFormat,
  environmentFormats,
  writeEnvironment,
} from '../internal/environment-formats.ts'

interface EnvOptions extends EmulatorOptions, OutputOptions {
  readonly format: EnvironmentFormat
}

/**
 * `countersign env`: the environment in which a service finds a running emulator.
 *
 * @param program gets the command
 */
export function addEnvCommand(program: Command): void {
  const command = program
    .command('env')
    .summary('the environment in which a service finds the emulator')
    .description(
      'Prints what a service that runs elsewhere needs in its environment, so that it and every Google client library in it find the running emulator. It holds no secret, and no COUNTERSIGN_EMULATOR_CONFIRM: what is copied into a file must not count in production. Any process on this machine could answer in the emulator’s place: a variable that no emulator sets, or a value with control characters, is refused.',
    )
    .argument('<service>', 'a service of the policy')
    .addOption(
      new Option('-f, --format <format>', 'how to write it')
        .choices(environmentFormats)
        .default('dotenv'),
    )
  withEmulatorOption(command)
    .option('--json', 'one object')
    .addHelpText(
      'after',
      examples({
        'countersign env login > .env': 'for node --env-file=.env server.ts, or an IDE',
        'eval "$(countersign env login --format shell)"': 'for this shell',
        'countersign env login --format compose': "to paste into a compose file's service",
      }),
    )
    .action(env)
}

async function env(service: string, options: EnvOptions): Promise<void> {
  const data = await runningEmulator(options).env(service)
  say(options, { data, text: writeEnvironment(data, options.format), isRaw: true })
}
