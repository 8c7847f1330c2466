import { setTimeout as sleep } from 'node:timers/promises'
import { coloured, type OutputOptions, print, type StopSignals } from '../command-line/terminal.ts'
import {
  type LogLine,
  type ProcessGroup,
  type ServiceCommand,
  type ServiceProcess,
  startService,
} from './service-process.ts'

interface RunOptions {
  signals: StopSignals
  /** Called with each line that a service writes. */
  onLine: (line: LogLine) => void
  /** Called with a message when a service ends, and before the services are stopped. */
  onNews: (news: string) => void
  /** Called before the services are stopped: from then on it is no news that one doesn't listen. */
  onStopping: () => void
}

/** The same time as `docker compose` gives. */
const graceMs = 10_000

/**
 * Runs services until a stop is requested, a service fails, or all have ended. Then stops the services that
 * are left, and all processes that they started.
 */
export async function runServices(
  commands: readonly ServiceCommand[],
  { signals, onLine, onNews, onStopping }: RunOptions,
): Promise<boolean> {
  const running: ServiceProcess[] = []
  using _ = killedOnExit(running)
  try {
    for (const command of commands) running.push(await startService(command, onLine))
    const failed = await Promise.race([signals.stop, firstFailure(running, onNews)])
    return failed === undefined
  } finally {
    onStopping()
    onNews('stopping')
    await stopAll(
      running.map(({ group }) => group),
      { graceMs, now: signals.stopNow },
    )
  }
}

/** Kills the services when this process exits, also after a bug in it. */
function killedOnExit(running: readonly ServiceProcess[]): Disposable {
  function kill(): void {
    for (const { group } of running) group.signal('SIGKILL')
  }
  process.on('exit', kill)
  return { [Symbol.dispose]: () => void process.off('exit', kill) }
}

/** Resolves with the name of the first service that fails; undefined once all have ended without an error. */
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

interface StopOptions {
  /** How long the groups can take to end by themselves. */
  graceMs: number
  /** Resolves if the groups must be killed at once. */
  now: Promise<void>
}

/** A killed process ends within milliseconds, unless it is blocked in a system call. */
const killMs = 2_000

/** Asks all groups to end (SIGTERM), and kills those that are left after `graceMs`. */
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

/** The name in front of the command's own lines. */
export const ownName = 'countersign'

/** Creates a writer for the lines of several services, which puts the service's name in front of each. */
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
