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
  /** By default `dotenv`, and `shell` for gcloud. */
  format?: EnvironmentFormat
  for?: 'gcloud'
}

/** Adds `countersign env`: the environment with which a service or gcloud finds a running emulator. */
export function addEnvCommand(program: Command): void {
  const command = program
    .command('env')
    .summary('print the environment with which a service finds the emulator')
    .description(
      'Prints the environment variables with which a service that you start yourself, and every Google client library in it, finds the running emulator. They contain no secret, and not COUNTERSIGN_EMULATOR_CONFIRM: a copy in a file must not confirm the emulator in production. Any process on this machine could answer instead of the emulator, so variables that no emulator sets and values with control characters are refused. With --for gcloud it prints the variables with which gcloud reads and changes the allow policies of the emulator; gcloud then sends no credentials, and finds no other API.',
    )
    .argument('[service]', 'a service of the policy')
    .addOption(new Option('--for <tool>', 'a tool instead of a service').choices(['gcloud']))
    .addOption(
      new Option(
        '-f, --format <format>',
        'the output format (default: dotenv, for gcloud: shell)',
      ).choices(environmentFormats),
    )
  withEmulatorOption(command)
    .option('--json', 'print an object')
    .addHelpText(
      'after',
      examples({
        'countersign env login > .env': 'for node --env-file=.env server.ts, or an IDE',
        'eval "$(countersign env login --format shell)"': 'for this shell',
        'countersign env login --format compose': 'for a service in a compose file',
        'eval "$(countersign env --for gcloud)"': 'for gcloud, in this shell',
      }),
    )
    .action(env)
}

async function env(service: string | undefined, options: EnvOptions): Promise<void> {
  const { format = options.for ? 'shell' : 'dotenv' } = options
  const data = await environmentOf(service, options)
  print(options, { data, text: writeEnvironment(data, format), isRaw: true })
}

function environmentOf(
  service: string | undefined,
  options: EnvOptions,
): Promise<ServiceEnvironment> {
  const isForTool = options.for !== undefined
  if (isForTool === (service !== undefined)) {
    throw usageFailure(
      'The command needs a service, or --for gcloud',
      'Write countersign env SERVICE, or countersign env --for gcloud.',
    )
  }
  const emulator = runningEmulator(options)
  return service === undefined ? emulator.gcloudEnv() : emulator.env(service)
}

/** The formats of an environment. */
export const environmentFormats = ['dotenv', 'compose', 'shell'] as const

/** A format of an environment. */
export type EnvironmentFormat = (typeof environmentFormats)[number]

/**
 * Writes an environment in one of the formats.
 *
 * @throws {Failure} if a name is not the name of a variable, or the format can't hold a value
 */
export function writeEnvironment(env: ServiceEnvironment, format: EnvironmentFormat): string {
  const lines = Object.entries(env).map(([name, value]) => {
    assertWritable(name, value)
    return writers[format](name, value)
  })
  return [...(format === 'compose' ? ['environment:'] : []), ...lines].join('\n')
}

/** A shell would run the text before the `=`, and a line break or an escape starts a new line or command. */
function assertWritable(name: string, value: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw usageFailure(
      `${JSON.stringify(name)} is not the name of a variable`,
      'Check which program answered instead of the emulator.',
    )
  }
  if (!/[\p{Cc}\u2028\u2029]/u.test(value)) return
  throw usageFailure(
    `The value of ${name} has control characters`,
    'Check which program answered instead of the emulator.',
  )
}

const writers: Readonly<Record<EnvironmentFormat, (name: string, value: string) => string>> = {
  dotenv: (name, value) =>
    `${name}=${/^[\w./:@-]*$/.test(value) ? value : dotenvQuoted(name, value)}`,
  // A JSON string is a YAML string; compose reads $ as the start of a variable.
  compose: (name, value) => `  ${name}: ${JSON.stringify(value).replaceAll('$', '$$$$')}`,
  shell: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
}

/**
 * Readers of dotenv files have different escapes, but agree on single quotes. Some people let a shell read
 * such files, which evaluates backquotes within double quotes.
 */
function dotenvQuoted(name: string, value: string): string {
  if (!value.includes("'")) return `'${value}'`
  if (!/["\\$`]/.test(value)) return `"${value}"`
  throw usageFailure(
    `The value of ${name} has quotes that not every reader of such files understands`,
    'Write --format shell, or --json.',
  )
}
