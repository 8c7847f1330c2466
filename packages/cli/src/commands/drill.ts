import type { DrillOptions as Drill, Fault } from '@countersign/emulator'
import { redact } from '@countersign/shared/redact'
import { Argument, type Command } from 'commander'
import { usageFailure } from '../command-line/failure.ts'
import { count, examples } from '../command-line/options.ts'
import { ownCommand } from '../command-line/own-command.ts'
import { type OutputOptions, print } from '../command-line/terminal.ts'
import {
  type EmulatorOptions,
  type RunningEmulator,
  runningEmulator,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'

interface DrillOptions extends EmulatorOptions, OutputOptions {
  endpoint?: string
  service?: string
  times?: number
  retryAfter?: number
}

const faults: Record<Fault['kind'], true> = {
  delay: true,
  hang: true,
  status: true,
  html: true,
  'wrong-audience': true,
  'expired-token': true,
  'clock-shift': true,
  'iam-delay': true,
  'rotate-keys': true,
  'drop-key': true,
}

const words: readonly string[] = [...Object.keys(faults), 'end']

/** Adds `countersign drill`: starts or ends a fault in a running emulator. */
export function addDrillCommand(program: Command): void {
  const command = program
    .command('drill')
    .summary('start or end a fault in the emulator')
    .description(
      'Starts a fault in the running emulator, which lasts until it is ended: late answers, errors, wrong tokens, a wrong clock, lost keys.',
    )
    .addArgument(new Argument('<fault>', 'the fault, or end').choices(words).argParser(faultNamed))
    .argument(
      '[value]',
      'for delay: milliseconds; for status: 400 to 599; for clock-shift and iam-delay: seconds; for end: the number of a drill (default: all)',
    )
    .option(
      '--endpoint <endpoint>',
      'the endpoint with the fault: identity, jwks, token, front-door, … (default: all)',
    )
    .option(
      '--service <service>',
      'the service whose metadata server and front door have the fault (default: all)',
    )
    .option(
      '--times <times>',
      'the number of requests that fail (default: all until it is ended)',
      count,
    )
    .option('--retry-after <seconds>', 'the Retry-After header of a status', count)
  withEmulatorOption(command)
    .option('--json', "print an object with the drill's number")
    .addHelpText(
      'after',
      examples({
        'countersign drill status 503 --endpoint identity --service login --times 3':
          'three failed token requests',
        'countersign drill delay 2000 --endpoint jwks': 'a slow key endpoint',
        'countersign drill clock-shift -600': "Google's clock is ten minutes behind",
        'countersign drill end': 'no more faults',
      }),
    )
    .action(async (fault: Fault['kind'] | 'end', value: string | undefined, options) => {
      const emulator = runningEmulator(options)
      if (fault === 'end') return end(emulator, value, options)
      return begin(emulator, drillOf(fault, value, options), options)
    })
}

function faultNamed(text: string): string {
  if (words.includes(text)) return text
  const meant = words.find((word) => {
    return text.length > 2 && (word.startsWith(text) || text.startsWith(word))
  })
  const guess = meant === undefined ? '' : ` (did you mean "${meant}"?)`
  throw usageFailure(
    `drill takes a fault or end, but is given "${redact(text)}"${guess}`,
    `Write one of ${words.join(', ')}.`,
  )
}

async function begin(emulator: RunningEmulator, drill: Drill, options: OutputOptions) {
  const started = (await emulator.ask('POST', '/emulator/v1/drills', drill)) as Started
  const { drill: id, note: hint } = started
  const text = `drill ${id} has started; to end it: ${ownCommand()} drill end ${id}`
  print(options, {
    data: { drill: id, ...(hint !== undefined && { note: hint }) },
    text: hint === undefined ? text : `${text}\n${hint}`,
  })
}

interface Started {
  drill: number
  /** Why its effect is not visible yet. */
  note?: string
}

async function end(emulator: RunningEmulator, given: string | undefined, options: OutputOptions) {
  const id =
    given === undefined ? undefined : wholeNumber(given, "drill end takes a drill's number")
  await emulator.ask('DELETE', `/emulator/v1/drills${id === undefined ? '' : `/${id}`}`)
  const text = id === undefined ? 'ended all drills' : `ended drill ${id}`
  print(options, { data: { ended: id ?? 'all' }, text })
}

/** The emulator checks the values, and its errors are shown. */
function drillOf(kind: Fault['kind'], value: string | undefined, options: DrillOptions): Drill {
  const { endpoint, service, times } = options
  return {
    fault: faultOf(kind, value, options),
    ...(endpoint !== undefined && { endpoint: endpoint as NonNullable<Drill['endpoint']> }),
    ...(service !== undefined && { service }),
    ...(times !== undefined && { times }),
  }
}

function faultOf(
  kind: Fault['kind'],
  value: string | undefined,
  { retryAfter: retryAfterSeconds }: DrillOptions,
): Fault {
  function number(): number {
    const problem = `drill ${kind} takes ${wanted[kind]}`
    return wholeNumber(value, problem, kind === 'delay' ? inMilliseconds(value) : undefined)
  }

  if (kind === 'delay') return { kind, ms: number() }
  if (kind === 'clock-shift' || kind === 'iam-delay') return { kind, seconds: number() }
  if (kind !== 'status') return withoutValue(kind, value)
  return { kind, status: number(), ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }
}

/** What the value of a fault counts. */
const wanted: Partial<Record<Fault['kind'], string>> = {
  delay: 'a whole number of milliseconds',
  status: 'an HTTP status from 400 to 599',
  'clock-shift': 'a whole number of seconds',
}

function withoutValue<Kind>(kind: Kind, value: string | undefined): { kind: Kind } {
  if (value === undefined) return { kind }
  throw usageFailure(`drill ${kind} takes no value`, `Leave out "${value}".`)
}

function wholeNumber(value: string | undefined, problem: string, hint?: string): number {
  if (value !== undefined && /^-?\d{1,15}$/.test(value)) return Number(value)
  throw usageFailure(
    value === undefined ? `${problem}, but none is given` : `${problem}, but "${value}" is given`,
    hint ?? `Run ${ownCommand()} drill --help for the values.`,
  )
}

/** `2s` and `500ms` are likely, so they are answered with the number. */
function inMilliseconds(value: string | undefined): string | undefined {
  const [, number, unit] = /^(\d{1,6}(?:\.\d{1,3})?) ?(ms|s)$/.exec(value ?? '') ?? []
  if (number === undefined) return undefined
  const ms = Math.round(Number(number) * (unit === 's' ? 1000 : 1))
  return `Run ${ownCommand()} drill delay ${ms}`
}
