import type { Command } from 'commander'
import { examples } from '../command-line/options.ts'
import { createStopSignals, print } from '../command-line/terminal.ts'
import { describeEmulator } from '../emulator/describe-emulator.ts'
import { reportNews } from '../emulator/report-news.ts'
import {
  type NetworkOptions,
  readNetworkOptions,
  readStartOptions,
  type StartOptions,
  withNetworkOptions,
  withStartOptions,
} from '../emulator/start-options.ts'

/** Adds `countersign emulator`: only the emulator, for services that are started in another way. */
export function addEmulatorCommand(program: Command): void {
  withNetworkOptions(withStartOptions(program.command('emulator')))
    .summary('run only the emulator, for services that you start yourself')
    .description(
      "Runs an emulator of Google for the policy's services on this machine, until it is stopped: metadata servers, keys, token endpoints and Cloud Run's front doors. countersign env prints the environment with which a service finds it.",
    )
    .addHelpText(
      'after',
      examples({
        'countersign emulator': 'for ./countersign.jsonc',
        'countersign emulator policy.jsonc -e prod --port 0': 'on free ports',
        'countersign emulator --host 0.0.0.0 --hostname emulator': 'in a network of containers',
      }),
    )
    .action(emulate)
}

async function emulate(
  given: string | undefined,
  options: StartOptions & NetworkOptions,
): Promise<void> {
  using signals = createStopSignals()
  const { policy, file, start } = await readStartOptions(given, options)
  const { startEmulator } = await import('@countersign/emulator')
  await using emulator = await startEmulator({ ...start, ...readNetworkOptions(options) })
  print(options, describeEmulator(emulator, policy, options.app))
  using _ = reportNews(emulator, {
    policy,
    file,
    onNews: (line) => print(options, { data: { line }, text: line }),
  })
  await signals.stop
}
