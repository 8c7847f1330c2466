import { createServiceFetch, type FetchLike } from '@countersign/caller'
import { redact } from '@countersign/shared/redact'
import type { Command } from 'commander'
import { exitCodes, Failure, type SetExitCode, usageFailure } from '../command-line/failure.ts'
import { collect, examples, parseJson } from '../command-line/options.ts'
import { note, type OutputOptions, print } from '../command-line/terminal.ts'
import {
  type EmulatorOptions,
  type RunningEmulator,
  runningEmulator,
  type ServiceAddress,
  serviceAddress,
  serviceIdentity,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'

interface CallOptions extends EmulatorOptions, OutputOptions {
  request?: string
  data?: string
  header?: readonly string[]
  as?: string
  anonymous?: boolean
}

/** `countersign call`: one call to a service at its front door, as another service. */
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
      collect,
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
  if (options.json) print(options, { data: answer, text: body })
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

/** A call to make. */
interface ServiceCall {
  service: string
  /** Path and query. */
  path: string
  method: string
  headers: readonly [name: string, value: string][]
  body: string | undefined
  /** The service that calls; undefined for nobody. */
  as: string | undefined
}

/** How a call was answered. */
interface ServiceAnswer {
  status: number
  statusText: string
  /** The receiver's `Countersign-Code`, where that refused the call. */
  code?: string
  headers: Readonly<Record<string, string>>
  body: string
}

/** Calls a service at its front door. */
async function callService(emulator: RunningEmulator, call: ServiceCall): Promise<ServiceAnswer> {
  const { service, path, method, headers, body, as } = call
  if (!path.startsWith('/'))
    throw usageFailure(`"${redact(path)}" is no path`, 'Begin it with a slash.')
  const address = await serviceAddress(emulator, service)
  const send = as === undefined ? fetch : await signedFetch(emulator, as, address)
  const init: RequestInit = { method, redirect: 'manual', headers: [...headers] }
  const answer = await send(address.frontDoor + path, {
    ...init,
    ...(body !== undefined && { body, headers: [...defaultType(call), ...headers] }),
  }).catch(explain)
  // Whoever answers chooses both.
  const code = answer.headers.get('countersign-code') ?? ''
  return {
    status: answer.status,
    statusText: redact(answer.statusText),
    ...(/^[a-z_]{1,40}$/.test(code) && { code }),
    headers: Object.fromEntries(answer.headers),
    body: await answer.text(),
  }
}

async function signedFetch(
  emulator: RunningEmulator,
  as: string,
  { frontDoor, audience }: ServiceAddress,
): Promise<FetchLike> {
  return createServiceFetch({
    // It stands for Cloud Run, so it looks for the token where Cloud Run does.
    targets: [
      {
        url: frontDoor,
        audience,
        headers: ['authorization', 'x-serverless-authorization'],
        allowInsecureHttp: true,
      },
    ],
    identity: await serviceIdentity(emulator, as),
    mode: 'enforce',
    log: false,
  })
}

function defaultType({ headers, body = '' }: ServiceCall): [string, string][] {
  if (headers.some(([name]) => name.toLowerCase() === 'content-type')) return []
  return parseJson(body) !== undefined ? [['content-type', 'application/json']] : []
}

/** `fetch` says with a cause that nobody answered, and without one that the request is wrong. */
function explain(error: unknown): never {
  if (!(error instanceof TypeError)) throw error
  const { cause, message } = error
  throw new Failure('The call could not be made', {
    exitCode: cause === undefined ? exitCodes.usage : exitCodes.unavailable,
    hint: redact(String(cause ?? message)),
    cause: error,
  })
}
