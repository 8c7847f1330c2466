import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { SetExitCode } from './command-line/failure.ts'
import { addCallCommand } from './commands/call.ts'
import { addDevCommand } from './commands/dev.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addDrillCommand } from './commands/drill.ts'
import { addEmulatorCommand } from './commands/emulator.ts'
import { addEnvCommand } from './commands/env.ts'
import { addExplainCommand } from './commands/explain.ts'
import { addPolicyCommands } from './commands/policy.ts'
import { addProxyCommand } from './commands/proxy.ts'
import { addPushCommand } from './commands/push.ts'
import { addTokenCommand } from './commands/token.ts'
import { addWhyCommand } from './commands/why.ts'

/** Creates the command line: every command with its options and its help. */
export function createProgram(setExitCode: SetExitCode): Command {
  const program = new Command('countersign')
    .description(
      'Runs and calls services on Google Cloud that authenticate each other, from a laptop.',
    )
    .version(version())
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ getOutHasColors: () => false, getErrHasColors: () => false })
    .showHelpAfterError('(--help lists commands and options)')
    .addHelpText('after', exitCodesText)
  addDevCommand(program, setExitCode)
  addEmulatorCommand(program)
  addEnvCommand(program)
  addCallCommand(program, setExitCode)
  addTokenCommand(program)
  addPushCommand(program, setExitCode)
  addDrillCommand(program)
  addExplainCommand(program, setExitCode)
  addProxyCommand(program)
  addDoctorCommand(program, setExitCode)
  addWhyCommand(program, setExitCode)
  addPolicyCommands(program, setExitCode)
  return program
}

const exitCodesText = `
Exit codes: 0 done; 1 done, with a negative result (a call was refused, a service failed);
2 invalid command line, policy or environment; 3 something is missing (emulator, credentials, a free port).`

function version(): string {
  const file = new URL(import.meta.resolve('countersign/package.json'))
  return JSON.parse(readFileSync(file, 'utf8')).version
}
