import type { Emulator } from '@countersign/emulator'
import type { Service } from '@countersign/policy'
import type { Command } from 'commander'
import { exitCodes, type SetExitCode } from '../command-line/failure.ts'
import { examples } from '../command-line/options.ts'
import { createStopSignals, print } from '../command-line/terminal.ts'
import { describeElsewhere, describeEmulator } from '../emulator/describe-emulator.ts'
import { oneLocal, runnableService, runnableServices } from '../emulator/dev-services.ts'
import { inOneLine, reportNews } from '../emulator/report-news.ts'
import { readStartOptions, type StartOptions, withStartOptions } from '../emulator/start-options.ts'
import { type ExpectedListener, watchListeners } from '../processes/listening-services.ts'
import { createLogWriter, ownName, runServices } from '../processes/run-services.ts'

interface DevOptions extends StartOptions {
  only?: string
}

/** Adds `countersign dev`: the emulator, and every service of the policy that has a `command`. */
export function addDevCommand(program: Command, setExitCode: SetExitCode): void {
  withStartOptions(program.command('dev'))
    .option('--only <service>', 'run only this service; it calls the others at their own URLs')
    .summary('run the emulator and every service that has a command')
    .description(
      "Runs the emulator and every service of the policy that has a \"command\". Each runs in the policy's folder, with an environment that points to the emulator. Each line of output begins with the service's name. If a service fails, all are stopped; if one ends without an error, the others continue. Ctrl-C stops all services and the processes that they started. Processes that are still running after ten seconds are killed; a second Ctrl-C kills them at once.\n\nWith --only, a single service runs here, behind the emulator's front door. It calls the others at their own URLs, with genuine tokens of its service account. Your Application Default Credentials impersonate that account, for which they need roles/iam.serviceAccountTokenCreator on it. Every program on this machine can get such tokens during that time.",
    )
    .addHelpText(
      'after',
      examples({
        'countersign dev': 'all services of ./countersign.jsonc',
        'countersign dev examples/countersign.jsonc -e prod': 'with that environment',
        'countersign dev -e staging --only login':
          'login here, the services that it calls in staging',
      }),
    )
    .action(async (given: string | undefined, options: DevOptions) => {
      const allWell = await dev(given, options)
      if (!allWell) setExitCode(exitCodes.failed)
    })
}

async function dev(given: string | undefined, options: DevOptions): Promise<boolean> {
  using signals = createStopSignals()
  const { policy, file, folder, start } = await readStartOptions(given, options)
  const only = options.only === undefined ? undefined : runnableService(policy, options.only)
  const services = only ? [only] : runnableServices(policy)
  const write = createLogWriter(
    services.map(({ name }) => name),
    options,
  )
  function onNews(line: string): void {
    for (const one of line.split('\n')) write({ service: ownName, stream: 'stdout', line: one })
  }
  const here = only && (await oneLocal(policy, only, (error) => onNews(inOneLine(error))))
  const { startEmulator } = await import('@countersign/emulator')
  await using emulator = await startEmulator({ ...start, ...here })
  print(options, describeEmulator(emulator, here?.policy ?? policy))
  if (only) print(options, describeElsewhere(policy, only))
  using _ = reportNews(emulator, { policy, file, only: only?.name, onNews })
  using watch = createWatch()
  const beyond = only ? { COUNTERSIGN_EMULATOR_ALLOW_BEYOND: 'yes' } : {}
  const commands = services.map(({ name, command }) => {
    return { name, command, folder, env: { ...process.env, ...emulator.env(name), ...beyond } }
  })
  void watchListeners(listenersOf(services, emulator), { onNews, signal: watch.signal })
  // Awaited here: `using` must dispose signals and emulator only after the services have stopped.
  return await runServices(commands, { signals, onLine: write, onNews, onStopping: watch.end })
}

/** A service without a URL, such as a job, has no callers, and need not listen. */
function listenersOf(services: readonly Service[], emulator: Emulator): ExpectedListener[] {
  return services
    .filter(({ url }) => url !== undefined)
    .map(({ name }) => ({ name, port: Number(emulator.env(name).PORT) }))
}

/** A signal that is aborted at the end, at the latest when it is disposed. */
function createWatch(): Disposable & { signal: AbortSignal; end: () => void } {
  const watch = new AbortController()
  function end(): void {
    watch.abort()
  }
  return { signal: watch.signal, end, [Symbol.dispose]: end }
}
