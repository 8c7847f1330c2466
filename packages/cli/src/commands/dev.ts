import { startEmulator } from '@countersign/emulator'
import type { Command } from 'commander'
import { commandsOf } from '../internal/commands-of.ts'
import { describeEmulator } from '../internal/describe-emulator.ts'
import { exitCodes } from '../internal/failure.ts'
import { examples } from '../internal/options.ts'
import { logWriter, ownName } from '../internal/processes/log-writer.ts'
import { runServices } from '../internal/processes/run-services.ts'
import { readStartOptions, type StartOptions, withStartOptions } from '../internal/start-options.ts'
import { stopSignals } from '../internal/stop-signals.ts'
import { say } from '../internal/terminal.ts'
import type { SetExitCode } from '../program.ts'

/**
 * `countersign dev`: the emulator, and every service of the policy that has a `command`.
 *
 * @param program gets the command
 * @param setExitCode told where a service ended in an error
 */
export function addDevCommand(program: Command, setExitCode: SetExitCode): void {
  withStartOptions(program.command('dev'))
    .summary('the emulator, and every service that has a command')
    .description(
      "Runs the emulator and every service of the policy that has a \"command\", each in the policy's folder with the environment in which it finds the emulator. Their lines come together, each with its service's name. A service that ends in an error ends all; one that ends without leaves the others running. Ctrl-C stops all and whatever they started; what hasn't ended after ten seconds is killed, and a second Ctrl-C kills at once.",
    )
    .addHelpText(
      'after',
      examples({
        'countersign dev': 'all services of ./countersign.jsonc',
        'countersign dev examples/countersign.jsonc -e prod': 'as in that environment',
      }),
    )
    .action(async (given: string | undefined, options: StartOptions) => {
      const allWell = await dev(given, options)
      if (!allWell) setExitCode(exitCodes.failed)
    })
}

async function dev(given: string | undefined, options: StartOptions): Promise<boolean> {
  using signals = stopSignals()
  const { policy, folder, start } = await readStartOptions(given, options)
  const services = commandsOf(policy)
  await using emulator = await startEmulator(start)
  say(options, describeEmulator(emulator, policy))
  const write = logWriter([...services.keys()], options)
  const commands = [...services].map(([name, command]) => ({
    name,
    command,
    folder,
    env: { ...process.env, ...emulator.env(name) },
  }))
  // Awaited here: what `using` holds must live until they have stopped.
  return await runServices(commands, {
    signals,
    onLine: write,
    onNews: (line) => write({ service: ownName, stream: 'stdout', line }),
  })
}
