import type { Command } from 'commander'
import { asFailure, exitCodes, type SetExitCode } from '../command-line/failure.ts'
import { examples } from '../command-line/options.ts'
import { createStopSignals, print } from '../command-line/terminal.ts'
import { describeElsewhere, describeEmulator } from '../emulator/describe-emulator.ts'
import { oneLocal, runnableService, runnableServices } from '../emulator/dev-services.ts'
import { readStartOptions, type StartOptions, withStartOptions } from '../emulator/start-options.ts'
import { createLogWriter, ownName, runServices } from '../processes/run-services.ts'

interface DevOptions extends StartOptions {
  only?: string
}

/** `countersign dev`: the emulator, and every service of the policy that has a `command`. */
export function addDevCommand(program: Command, setExitCode: SetExitCode): void {
  withStartOptions(program.command('dev'))
    .option(
      '--only <service>',
      'runs this one alone; the others are called where the policy says that they are',
    )
    .summary('the emulator, and every service that has a command')
    .description(
      "Runs the emulator and every service of the policy that has a \"command\", each in the policy's folder with the environment in which it finds the emulator. Their lines come together, each with its service's name. A service that ends in an error ends all; one that ends without leaves the others running. Ctrl-C stops all and whatever they started; what hasn't ended after ten seconds is killed, and a second Ctrl-C kills at once.\n\nWith --only one service runs here, behind the emulator's front door. It calls the others at their own URLs, with genuine tokens of its service account, which your Application Default Credentials impersonate (roles/iam.serviceAccountTokenCreator on it). Whatever runs on this machine can get such tokens while it runs.",
    )
    .addHelpText(
      'after',
      examples({
        'countersign dev': 'all services of ./countersign.jsonc',
        'countersign dev examples/countersign.jsonc -e prod': 'as in that environment',
        'countersign dev -e staging --only login': 'login here, what it calls in staging',
      }),
    )
    .action(async (given: string | undefined, options: DevOptions) => {
      const allWell = await dev(given, options)
      if (!allWell) setExitCode(exitCodes.failed)
    })
}

async function dev(given: string | undefined, options: DevOptions): Promise<boolean> {
  using signals = createStopSignals()
  const { policy, folder, start } = await readStartOptions(given, options)
  const only = options.only === undefined ? undefined : runnableService(policy, options.only)
  const services = only ? [only] : runnableServices(policy)
  const write = createLogWriter(
    services.map(({ name }) => name),
    options,
  )
  function onNews(line: string): void {
    write({ service: ownName, stream: 'stdout', line })
  }
  const here = only && (await oneLocal(policy, only, (error) => onNews(inOneLine(error))))
  const { startEmulator } = await import('@countersign/emulator')
  await using emulator = await startEmulator({ ...start, ...here })
  print(options, describeEmulator(emulator, here?.policy ?? policy))
  if (only) print(options, describeElsewhere(policy, only))
  const commands = services.map(({ name, command }) => {
    return { name, command, folder, env: { ...process.env, ...emulator.env(name) } }
  })
  // Awaited here: what `using` holds must live until they have stopped.
  return await runServices(commands, { signals, onLine: write, onNews })
}

function inOneLine(error: unknown): string {
  const { message, hint } = asFailure(error)
  return hint === undefined ? message : `${message}. ${hint}`
}
