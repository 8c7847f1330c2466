import type { DrillOptions as Drill, Fault } from '@countersign/emulator'
import { Argument, type Command } from 'commander'
import { usageFailure } from '../command-line/failure.ts'
import { count, examples } from '../command-line/options.ts'
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
  'rotate-keys': true,
  'drop-key': true,
}

/** `countersign drill`: lets something go wrong at a running emulator, or ends that. */
export function addDrillCommand(program: Command): void {
  const command = program
    .command('drill')
    .summary('lets something go wrong at the emulator')
    .description(
      'Lets something go wrong at the running emulator, until it is ended: late answers, errors, wrong tokens, a wrong clock, lost keys.',
    )
    .addArgument(
      new Argument('<fault>', 'what goes wrong; end ends it').choices([
        ...Object.keys(faults),
        'end',
      ]),
    )
    .argument(
      '[value]',
      'delay: milliseconds; status: 400 to 599; clock-shift: seconds; end: which',
    )
    .option('--endpoint <endpoint>', 'where: identity, jwks, token, front-door, … (default: all)')
    .option('--service <service>', "whose metadata server and front door (default: everybody's)")
    .option('--times <times>', 'how many requests it meets (default: all until it is ended)', count)
    .option('--retry-after <seconds>', 'the Retry-After of a status', count)
  withEmulatorOption(command)
    .option('--json', "an object with the drill's number")
    .addHelpText(
      'after',
      examples({
        'countersign drill status 503 --endpoint identity --service login --times 3':
          'three failed token requests',
        'countersign drill delay 2000 --endpoint jwks': 'a slow key endpoint',
        'countersign drill clock-shift -600': "Google's clock is ten minutes behind",
        'countersign drill end': 'all is well again',
      }),
    )
    .action(async (fault: Fault['kind'] | 'end', value: string | undefined, options) => {
      const emulator = runningEmulator(options)
      if (fault === 'end') return end(emulator, value, options)
      return begin(emulator, drillOf(fault, value, options), options)
    })
}

async function begin(emulator: RunningEmulator, drill: Drill, options: OutputOptions) {
  const { drill: id } = (await emulator.ask('POST', '/emulator/v1/drills', drill)) as Started
  print(options, { data: { drill: id }, text: `drill ${id}; countersign drill end ${id} ends it` })
}

interface Started {
  drill: number
}

async function end(emulator: RunningEmulator, given: string | undefined, options: OutputOptions) {
  const id =
    given === undefined ? undefined : wholeNumber(given, "drill end wants a drill's number")
  await emulator.ask('DELETE', `/emulator/v1/drills${id === undefined ? '' : `/${id}`}`)
  const text = id === undefined ? 'ended all drills' : `ended drill ${id}`
  print(options, { data: { ended: id ?? 'all' }, text })
}

/** The emulator checks the rest, and says what is wrong with it. */
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
    return wholeNumber(value, `drill ${kind} wants a whole number`)
  }

  if (kind === 'delay') return { kind, ms: number() }
  if (kind === 'clock-shift') return { kind, seconds: number() }
  if (kind !== 'status') return withoutValue(kind, value)
  return { kind, status: number(), ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }
}

function withoutValue<Kind>(kind: Kind, value: string | undefined): { kind: Kind } {
  if (value === undefined) return { kind }
  throw usageFailure(`drill ${kind} takes no value`, `Leave out "${value}".`)
}

function wholeNumber(value: string | undefined, problem: string): number {
  if (value !== undefined && /^-?\d{1,15}$/.test(value)) return Number(value)
  throw usageFailure(problem, 'See countersign drill --help')
}
