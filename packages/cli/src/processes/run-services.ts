import { setTimeout as sleep } from 'node:timers/promises'
import { coloured, type OutputOptions, print, type StopSignals } from '../command-line/terminal.ts'
import {
  type LogLine,
  type ProcessGroup,
  type ServiceCommand,
  type ServiceProcess,
  startService,
} from './service-process.ts'

/** What surrounds running services. */
interface RunOptions {
  signals: StopSignals
  /** Told of each line that a service writes. */
  onLine: (line: LogLine) => void
  /** Told, in words, what becomes of them. */
  onNews: (news: string) => void
}

/** As `docker compose` gives them. */
const graceMs = 10_000

/**
 * Runs services until somebody asks to stop, one ends in an error, or all have ended; then stops
 * those that are left, with all that they started.
 */
export async function runServices(
  commands: readonly ServiceCommand[],
  { signals, onLine, onNews }: RunOptions,
): Promise<boolean> {
  const running: ServiceProcess[] = []
  using _ = killedOnExit(running)
  try {
    for (const command of commands) running.push(await startService(command, onLine))
    const failed = await Promise.race([signals.stop, firstFailure(running, onNews)])
    return failed === undefined
  } finally {
    onNews('stopping')
    await stopAll(
      running.map(({ group }) => group),
      { graceMs, now: signals.stopNow },
    )
  }
}

/** However this process ends, by a bug of its own too, they don't outlive it. */
function killedOnExit(running: readonly ServiceProcess[]): Disposable {
  function kill(): void {
    for (const { group } of running) group.signal('SIGKILL')
  }
  process.on('exit', kill)
  return { [Symbol.dispose]: () => void process.off('exit', kill) }
}

/** The name of the first that ends in an error; undefined once all have ended without. */
function firstFailure(
  running: readonly ServiceProcess[],
  onNews: (news: string) => void,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const ends = running.map(async ({ name, exit }) => {
    const how = await exit
    onNews(typeof how === 'number' ? `${name} ended with ${how}` : `${name} was ended by ${how}`)
    if (how !== 0) resolve(name)
  })
  void Promise.all(ends).then(() => resolve(undefined))
  return promise
}

/** How to stop. */
interface StopOptions {
  /** How long they may take to end by themselves. */
  graceMs: number
  /** Cuts that short. */
  now: Promise<void>
}

/** A killed process is gone within milliseconds, unless the kernel holds it in a call. */
const killMs = 2_000

/** Asks all groups to end (SIGTERM), and kills what is left after a while. */
async function stopAll(
  groups: readonly ProcessGroup[],
  { graceMs, now }: StopOptions,
): Promise<void> {
  for (const group of groups) group.signal('SIGTERM')
  await Promise.race([now, gone(groups, graceMs)])
  for (const group of groups) group.signal('SIGKILL')
  await gone(groups, killMs)
}

async function gone(groups: readonly ProcessGroup[], withinMs: number): Promise<void> {
  const until = performance.now() + withinMs
  while (performance.now() < until && !groups.every((group) => group.isGone())) await sleep(20)
}

const colours = ['cyan', 'magenta', 'green', 'yellow', 'blue'] as const

/** What the command itself says between the services' lines. */
export const ownName = 'countersign'

/** Writes the lines of several services so that each says whose it is. */
export function createLogWriter(
  names: readonly string[],
  options: OutputOptions,
): (line: LogLine) => void {
  const width = Math.max(...[ownName, ...names].map((name) => name.length))
  const prefixes = new Map(
    names.map((name, index) => {
      const colour = colours[index % colours.length] ?? 'cyan'
      return [name, coloured(colour, `${name.padEnd(width)} |`)]
    }),
  )
  const own = coloured('bold', `${ownName.padEnd(width)} |`)
  return (line) => {
    const text = `${prefixes.get(line.service) ?? own} ${line.line}`
    print(options, { data: line, text, isRaw: true })
  }
}
