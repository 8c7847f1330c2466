import type { PushAttempted, PushOptions } from '@countersign/emulator'
import { redact } from '@countersign/shared/redact'
import { type Command, Option } from 'commander'
import { exitCodes, Failure, type SetExitCode, usageFailure } from '../command-line/failure.ts'
import { collect, count, examples, factor } from '../command-line/options.ts'
import { ownCommand } from '../command-line/own-command.ts'
import { note, type OutputOptions, print } from '../command-line/terminal.ts'
import { type Refusal, refusalOf } from '../emulator/refusal.ts'
import {
  type EmulatorOptions,
  type RunningEmulator,
  runningEmulator,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'

interface PushCommandOptions
  extends EmulatorOptions,
    OutputOptions,
    Pick<PushOptions, 'path' | 'payload' | 'maxAttempts' | 'speed'> {
  data?: string
  attribute?: readonly string[]
  wait: boolean
}

/** Adds `countersign push`: a delivery of Pub/Sub, Cloud Tasks, Cloud Scheduler or Eventarc. */
export function addPushCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('push')
    .summary("deliver one of the policy's pushes, as its product would")
    .description(
      "Makes the running emulator deliver one of the policy's pushes, with a signed token and with the product's headers and body. Retries by the product's rules, and prints each attempt. A task or a job is delivered with the first of the push's methods. The exit code is 0 if the delivery is acknowledged, and 1 if it is given up.",
    )
    .argument('<push>', "the name of one of the policy's pushes")
  withEmulatorOption(withPushOptions(command))
    .option('--json', 'print one JSON line per attempt')
    .addHelpText(
      'after',
      examples({
        'countersign push orders --data \'{"order":7}\'': 'as Pub/Sub would deliver it',
        'countersign push nightly --speed 60': "an hour's retries in a minute",
      }),
    )
    .action(async (name: string, options: PushCommandOptions) => {
      const ok = await push(name, options)
      if (!ok) setExitCode(exitCodes.failed)
    })
}

const payloads: Record<NonNullable<PushOptions['payload']>, true> = {
  wrapped: true,
  unwrapped: true,
  'unwrapped-with-metadata': true,
}

/** Adds the options for the content of the delivery and for its retries. */
function withPushOptions(command: Command): Command {
  return command
    .option('-d, --data <data>', 'the content, delivered byte for byte')
    .option(
      '-a, --attribute <name=value>',
      'an attribute of the message, or a header; can be repeated',
      collect,
    )
    .option(
      '--path <path>',
      'the path and query of the delivery (default: the path in the policy, or else /)',
    )
    .addOption(
      new Option(
        '--payload <form>',
        'only for Pub/Sub: the payload unwrapping of the subscription',
      ).choices(Object.keys(payloads)),
    )
    .option('--max-attempts <count>', "the number of attempts (default: the product's)", count)
    .option('--speed <factor>', 'divide the time between attempts by this factor', factor)
    .option('--no-wait', 'end at once, and leave the delivery to the emulator')
}

async function push(name: string, options: PushCommandOptions): Promise<boolean> {
  const emulator = runningEmulator(options)
  const delivery = await startPush(emulator, name, pushOptions(options))
  if (!options.wait) {
    print(options, { data: { delivery }, text: `delivery ${delivery}` })
    return true
  }
  const outcome = await followPush(emulator, delivery, (attempt, refusal) => {
    print(options, {
      data: { ...attempt, ...(refusal && { refusal: refusal.data }) },
      text: lineOf(attempt, options) + (refusal ? `\n  ${refusal.text}` : ''),
    })
    if (attempt.attempt === 1 && !options.json) hint(attempt, refusal, options)
  })
  return outcome === 'acknowledged'
}

function pushOptions({ data, attribute = [], ...options }: PushCommandOptions): PushOptions {
  const { path, payload, maxAttempts, speed } = options
  return {
    ...(data !== undefined && { data }),
    attributes: Object.fromEntries(attribute.map(attributeOf)),
    ...(path !== undefined && { path }),
    ...(payload !== undefined && { payload }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(speed !== undefined && { speed }),
  }
}

function attributeOf(text: string): [string, string] {
  const equals = text.indexOf('=')
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)]
  throw usageFailure(
    `--attribute "${redact(text)}" has no name before a "="`,
    'Write --attribute name=value.',
  )
}

/** Shorter waits need no hint. */
const longWaitMs = 5_000

/** After the first attempt: what to change if the policy is the reason, and how to wait less. */
function hint(
  { push: name, retryInMs = 0 }: PushAttempted,
  refusal: Refusal | undefined,
  { speed }: PushCommandOptions,
): void {
  const [audience] = refusal?.data.expected ?? []
  if (refusal?.data.claim === 'aud' && audience !== undefined) {
    note(`Set the "audience" of pushes.${name} to "${audience}", in the policy and at Google.`)
  }
  if (speed === undefined && retryInMs >= longWaitMs) {
    note(`To wait less: ${ownCommand()} push ${name} --speed 60`)
  }
}

function lineOf(attempt: PushAttempted, { speed = 1 }: PushCommandOptions): string {
  const { push: name, to, status, outcome, retryInMs = 0 } = attempt
  const answer = status === 0 ? 'no answer' : status
  const begin = `${name} to ${to}, attempt ${attempt.attempt}: ${answer}`
  if (outcome !== 'will-retry') return `${begin}, ${outcome === 'given-up' ? 'given up' : outcome}`
  const here = speed === 1 ? '' : ` (here ${seconds(retryInMs / speed)})`
  return `${begin}, again in ${seconds(retryInMs)}${here}`
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(3))} s`
}

/** Starts a delivery, and returns its id. */
async function startPush(
  emulator: RunningEmulator,
  push: string,
  options: PushOptions,
): Promise<number> {
  const body = { ...options, push }
  const { delivery } = (await emulator.ask('POST', '/emulator/v1/push', body)) as Started
  return delivery
}

interface Started {
  delivery: number
}

/**
 * Waits for the end of a delivery, and returns how it ended.
 *
 * @throws {Failure} if the emulator ends first
 */
async function followPush(
  emulator: RunningEmulator,
  delivery: number,
  onAttempt: (attempt: PushAttempted, refusal: Refusal | undefined) => void,
): Promise<'acknowledged' | 'given-up'> {
  const refusals = new Map<number, Refusal>()
  for await (const event of emulator.events()) {
    const refusal = refusalOf(event, emulator.url)
    if (refusal) remember(refusals, event.id, refusal)
    if (event.type !== 'push' || event.delivery !== delivery) continue
    onAttempt(event, event.call === undefined ? undefined : refusals.get(event.call))
    if (event.outcome !== 'will-retry') return event.outcome
  }
  throw new Failure(`The emulator sends no more events about delivery ${delivery}`, {
    exitCode: exitCodes.unavailable,
    hint: 'It has ended, or it has more events than this command can read. See the page of the emulator.',
  })
}

/** The event of an attempt's call comes shortly before that of the attempt. */
const maxRemembered = 1_000

function remember(refusals: Map<number, Refusal>, id: number, refusal: Refusal): void {
  refusals.set(id, refusal)
  const [oldest] = refusals.keys()
  if (oldest !== undefined && refusals.size > maxRemembered) refusals.delete(oldest)
}
