import { redact } from '@countersign/shared/redact'
import type { Command } from 'commander'
import { exitCodes, usageFailure } from '../command-line/failure.ts'
import { examples, several } from '../command-line/options.ts'
import { note, type OutputOptions, say } from '../command-line/terminal.ts'
import {
  type EmulatorOptions,
  runningEmulator,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'
import { callService } from '../internal/call-service.ts'
import type { SetExitCode } from '../program.ts'

interface CallOptions extends EmulatorOptions, OutputOptions {
  readonly request?: string
  readonly data?: string
  readonly header?: readonly string[]
  readonly as?: string
  readonly anonymous?: boolean
}

/**
 * `countersign call`: one call to a service at its front door, as another service.
 *
 * @param program gets the command
 * @param setExitCode told where the call was refused
 */
export function addCallCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('call')
    .summary('a call to a service, as another one')
    .description(
      "Calls a service at its front door in the running emulator, with a token of another service. The answer's body is printed as it is, its status on standard error; an answer of 400 or more ends with 1.",
    )
    .argument('<service>', 'the service to call')
    .argument('<path>', 'path and query, such as /profiles/7')
    .option('-X, --request <method>', 'the method (default: GET, or POST with a body)')
    .option('-d, --data <body>', 'the body')
    .option(
      '-H, --header <header>',
      'a header, such as "accept: text/html"; may be given again',
      several,
    )
    .option('--as <service>', 'who calls')
    .option('--anonymous', 'nobody calls: no token is sent')
  withEmulatorOption(command)
    .option('--json', 'an object with the status, the headers and the body')
    .addHelpText(
      'after',
      examples({
        'countersign call user-profiles /profiles/7 --as login': 'a GET as login',
        "countersign call login /login/7 -X POST -d '{}' --as website": 'a POST as website',
        'countersign call search / --anonymous': 'is refused, where search is not public',
      }),
    )
    .action(async (service: string, path: string, options: CallOptions) => {
      const ok = await call(service, path, options)
      if (!ok) setExitCode(exitCodes.failed)
    })
}

async function call(service: string, path: string, options: CallOptions): Promise<boolean> {
  assertCaller(options)
  const answer = await callService(runningEmulator(options), {
    service,
    path,
    method: options.request ?? (options.data === undefined ? 'GET' : 'POST'),
    headers: (options.header ?? []).map(headerOf),
    body: options.data,
    as: options.as,
  })
  const { status, statusText, code, body } = answer
  if (options.json) say(options, { data: answer, text: body })
  else process.stdout.write(body)
  note(`${status} ${statusText}${code === undefined ? '' : `, refused by ${service}: ${code}`}`)
  return status < 400
}

function assertCaller({ as, anonymous = false }: CallOptions): void {
  if ((as === undefined) === anonymous) return
  throw usageFailure('Nobody is said to call', 'Write --as SERVICE, or --anonymous for no token.')
}

function headerOf(text: string): [string, string] {
  const colon = text.indexOf(':')
  if (colon > 0) return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]
  throw usageFailure(`-H "${redact(text)}" is no header`, 'Write it as "accept: text/html".')
}
