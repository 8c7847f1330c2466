import { type Command, Option } from 'commander'
import { usageFailure } from '../command-line/failure.ts'
import { examples } from '../command-line/options.ts'
import { type OutputOptions, print } from '../command-line/terminal.ts'
import {
  type EmulatorOptions,
  runningEmulator,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'
import type { ServiceEnvironment } from '../emulator/service-environment.ts'

interface EnvOptions extends EmulatorOptions, OutputOptions {
  format: EnvironmentFormat
}

/** `countersign env`: the environment in which a service finds a running emulator. */
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
  print(options, { data, text: writeEnvironment(data, options.format), isRaw: true })
}

/** How an environment can be written. */
export const environmentFormats = ['dotenv', 'compose', 'shell'] as const

/** One of them. */
export type EnvironmentFormat = (typeof environmentFormats)[number]

/**
 * Writes an environment.
 *
 * @throws {Failure} for a name that is no variable's, and a value that this format can't hold
 */
export function writeEnvironment(env: ServiceEnvironment, format: EnvironmentFormat): string {
  const lines = Object.entries(env).map(([name, value]) => {
    assertWritable(name, value)
    return writers[format](name, value)
  })
  return [...(format === 'compose' ? ['environment:'] : []), ...lines].join('\n')
}

/** A shell runs what stands before the `=`; a line's end or an escape begins something new anywhere. */
function assertWritable(name: string, value: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw usageFailure(
      `${JSON.stringify(name)} is not the name of a variable`,
      'Look which program answered in place of the emulator.',
    )
  }
  if (!/[\p{Cc}\u2028\u2029]/u.test(value)) return
  throw usageFailure(
    `The value of ${name} has control characters`,
    'Look which program answered in place of the emulator.',
  )
}

const writers: Readonly<Record<EnvironmentFormat, (name: string, value: string) => string>> = {
  dotenv: (name, value) =>
    `${name}=${/^[\w./:@-]*$/.test(value) ? value : dotenvQuoted(name, value)}`,
  // A JSON string is a YAML string; compose takes $ for a variable of its own.
  compose: (name, value) => `  ${name}: ${JSON.stringify(value).replaceAll('$', '$$$$')}`,
  shell: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
}

/**
 * Readers differ in what they escape, and agree on what single quotes hold. Some people let a shell
 * read such files: it evaluates backquotes within double quotes.
 */
function dotenvQuoted(name: string, value: string): string {
  if (!value.includes("'")) return `'${value}'`
  if (!/["\\$`]/.test(value)) return `"${value}"`
  throw usageFailure(
    `${name} holds quotes that not every reader of such files understands`,
    'Write --format shell, or --json.',
  )
}
