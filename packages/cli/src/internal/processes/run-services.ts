import type { StopSignals } from '../../command-line/terminal.ts'
import {
  type LogLine,
  type ServiceCommand,
  type ServiceProcess,
  startService,
} from './service-process.ts'
import { stopAll } from './stop-all.ts'

/** What surrounds running services. */
export interface RunOptions {
  readonly signals: StopSignals
  /** Told of each line that a service writes. */
  readonly onLine: (line: LogLine) => void
  /** Told, in words, what becomes of them. */
  readonly onNews: (news: string) => void
}

/** As `docker compose` gives them. */
const graceMs = 10_000

/**
 * Runs services until somebody asks to stop, one ends in an error, or all have ended; then stops
 * those that are left, with all that they started.
 *
 * @param commands what to run
 * @param options whom to listen to, and whom to tell
 * @returns whether none ended in an error
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
  const kill = (): void => {
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
