import { randomBytes } from 'node:crypto'
import { createServiceFetch, type FetchLike, isIdTokenError } from '@countersign/caller'
import type { EmulatorState } from '@countersign/emulator'
import { redact } from '@countersign/shared/redact'
import type { Command } from 'commander'
import {
  asFailure,
  exitCodes,
  Failure,
  type SetExitCode,
  usageFailure,
} from '../command-line/failure.ts'
import { collect, examples, parseJson } from '../command-line/options.ts'
import { ownCommand } from '../command-line/own-command.ts'
import { note, type OutputOptions, print, writeBody } from '../command-line/terminal.ts'
import { callUrl } from '../doctor/call-url.ts'
import { type Refusal, refusalOf } from '../emulator/refusal.ts'
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
  audience?: string
}

/** Adds `countersign call`: one call to a service at its front door, as another service. */
export function addCallCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('call')
    .summary('call a service as another service, or a URL with a token')
    .description(
      "Calls a service at its front door in the running emulator, with a token of another service. Prints the answer's body unchanged, and its status on standard error, with who refused the call and why. With a URL it calls that, as the credentials that it finds or as --as ACCOUNT, and says which identity and audience it used; the token is not printed, and redirects are not followed. On a terminal, the HTML page of a front door that refused the call is left out. The exit code is 1 if the status is 400 or more.",
    )
    .argument('<service-or-url>', 'the service to call, or a URL')
    .argument('[path]', 'the path and query, such as /profiles/7')
    .option('-X, --request <method>', 'the method (default: GET, or POST with a body)')
    .option('-d, --data <body>', 'the body')
    .option(
      '-H, --header <header>',
      'a header, such as "accept: text/html"; can be repeated',
      collect,
    )
    .option('--as <service>', 'the service that calls; for a URL, the account')
    .option('--anonymous', 'send no token')
    .option('--audience <audience>', 'for a URL: the aud of the token (default: its origin)')
  withEmulatorOption(command)
    .option('--json', 'print an object with status, headers, body and refusal')
    .addHelpText(
      'after',
      examples({
        'countersign call user-profiles /profiles/7 --as login': 'a GET as login',
        "countersign call login /login/7 -X POST -d '{}' --as website": 'a POST as website',
        'countersign call search / --anonymous': 'is refused, unless search is public',
        'countersign call https://search-123.us-central1.run.app/search?q=7':
          'the real service, as the credentials that are found',
      }),
    )
    .action(async (service: string, path: string | undefined, options: CallOptions) => {
      const isUrl = /^https?:\/\//i.test(service)
      const ok = isUrl
        ? await callForReal(service, path, options)
        : await call(service, path ?? '/', options)
      if (!ok) setExitCode(exitCodes.failed)
    })
}

async function callForReal(
  url: string,
  path: string | undefined,
  options: CallOptions,
): Promise<boolean> {
  const { as, anonymous = false, data, request, audience, emulator } = options
  if (path !== undefined) {
    throw usageFailure('A URL has its path in itself', `Write countersign call ${redact(url)}.`)
  }
  if (anonymous && as !== undefined) assertCaller(options)
  const answer = await callUrl({
    url,
    method: request ?? (data === undefined ? 'GET' : 'POST'),
    headers: (options.header ?? []).map(headerOf),
    body: data,
    as,
    isAnonymous: anonymous,
    audience,
    emulator,
  })
  const { identity, status, statusText, code, body } = answer
  if (options.json) print(options, { data: answer, text: body })
  else writeBody(body)
  const who = anonymous ? 'without a token' : `as ${identity}, audience ${answer.audience}`
  const by = code === undefined ? '' : `, refused by the receiver: ${code}`
  note(`${status} ${statusText}${by} (${who})`)
  if (status >= 400) note('Why? countersign doctor with the same URL says it.')
  return status < 400
}

async function call(service: string, path: string, options: CallOptions): Promise<boolean> {
  assertCaller(options)
  const emulator = runningEmulator(options)
  const headers = (options.header ?? []).map(headerOf)
  const trace = headers.some(isTrace) ? undefined : newTrace()
  const answer = await callService(emulator, {
    service,
    path,
    method: options.request ?? (options.data === undefined ? 'GET' : 'POST'),
    headers,
    body: options.data,
    as: options.as,
    trace,
  }).catch((error) => namingDrill(error, emulator))
  const { status, statusText, code, body } = answer
  const refusal = status < 400 || !trace ? undefined : await findRefusal(emulator, trace)
  if (options.json) {
    print(options, { data: { ...answer, ...(refusal && { refusal: refusal.data }) }, text: body })
  } else if (!isLeftOut(refusal)) writeBody(body)
  const known = refusal || code === undefined ? '' : `, refused by ${service}: ${code}`
  note(`${status} ${statusText}${known}`)
  if (refusal) note(refusal.text)
  if (refusal?.drill !== undefined) note(drillText(refusal.drill))
  return status < 400
}

/** On a terminal, the page that the front door sends in Google's name is left out: the refusal is printed in words. */
function isLeftOut(refusal: Refusal | undefined): boolean {
  return process.stdout.isTTY && refusal?.data.by === 'front-door'
}

/** Identifies a call among the events of the emulator: 32 hexadecimal digits. */
function newTrace(): string {
  return randomBytes(16).toString('hex')
}

const patienceMs = 1_000

/** Without a token there is no call that names its drill, so the hint names all that are active. */
async function namingDrill(error: unknown, emulator: RunningEmulator): Promise<never> {
  if (!isIdTokenError(error)) throw error
  const { drills } = (await emulator.ask('GET', '/emulator/v1/state')) as EmulatorState
  if (drills.length === 0) throw error
  const { message, exitCode } = asFailure(error)
  throw new Failure(message, { exitCode, hint: activeText(drills), cause: error })
}

function activeText(drills: EmulatorState['drills']): string {
  return drills
    .map(({ drill, summary }) => {
      return `Drill ${drill} is active (${summary}); to end it: ${ownCommand()} drill end ${drill}`
    })
    .join('\n')
}

interface FoundRefusal extends Refusal {
  /** The drill at the front door, or the one that changed the call's token. */
  drill: number | undefined
}

function drillText(drill: number): string {
  return `drill ${drill} changed this call; to end it: ${ownCommand()} drill end ${drill}`
}

/** The refusal of a call, from its event, which a receiver's answer can overtake. */
async function findRefusal(
  emulator: RunningEmulator,
  trace: string,
): Promise<FoundRefusal | undefined> {
  const stopping = new AbortController()
  const timer = setTimeout(() => stopping.abort(), patienceMs)
  const drills = new Map<number, number>()
  try {
    for await (const event of emulator.events(stopping.signal)) {
      if (event.type === 'token' && event.drill !== undefined) drills.set(event.id, event.drill)
      if (event.type !== 'call' || event.trace !== trace) continue
      const refusal = refusalOf(event, emulator.url)
      return refusal && { ...refusal, drill: event.drill ?? drills.get(event.token ?? 0) }
    }
    return undefined
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
    stopping.abort()
  }
}

function assertCaller({ as, anonymous = false }: CallOptions): void {
  if ((as === undefined) === anonymous) return
  throw as === undefined
    ? usageFailure('No caller given', 'Write --as SERVICE, or --anonymous to send no token.')
    : usageFailure('--as and --anonymous exclude each other', 'Write only one of them.')
}

function headerOf(text: string): [string, string] {
  const colon = text.indexOf(':')
  if (colon > 0) return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]
  throw usageFailure(
    `-H "${redact(text)}" has no header name before a colon`,
    'Write -H "accept: text/html".',
  )
}

/** A call to a service. */
interface ServiceCall {
  service: string
  /** The path and the query. */
  path: string
  method: string
  headers: readonly [name: string, value: string][]
  body: string | undefined
  /** The service that calls; undefined for a call without a token. */
  as: string | undefined
  /** The trace id of the call; undefined if its headers have one. */
  trace: string | undefined
}

/** The answer to a call. */
interface ServiceAnswer {
  status: number
  statusText: string
  /** The receiver's `Countersign-Code`, if it refused the call. */
  code?: string
  headers: Readonly<Record<string, string>>
  body: string
}

/** Calls a service at its front door. */
async function callService(emulator: RunningEmulator, call: ServiceCall): Promise<ServiceAnswer> {
  const { service, path, method, headers, body, as } = call
  if (!path.startsWith('/'))
    throw usageFailure(
      `The path must begin with a slash, but is "${redact(path)}"`,
      `Write "/${redact(path)}".`,
    )
  const address = await serviceAddress(emulator, service)
  const send = as === undefined ? fetch : await signedFetch(emulator, as, address)
  const answer = await send(address.frontDoor + path, {
    method,
    redirect: 'manual',
    headers: [...defaultTrace(call), ...defaultType(call), ...headers],
    ...(body !== undefined && { body }),
  }).catch(explain)
  // The program that answers chooses both texts, so they are checked.
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
    // The front door stands for Cloud Run, which reads the token in both headers.
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

function isTrace([name]: readonly [name: string, value: string]): boolean {
  return /^(traceparent|x-cloud-trace-context)$/i.test(name)
}

function defaultTrace({ trace }: ServiceCall): [string, string][] {
  if (trace === undefined) return []
  return [['traceparent', `00-${trace}-${trace.slice(0, 16)}-01`]]
}

function defaultType({ headers, body }: ServiceCall): [string, string][] {
  if (body === undefined || headers.some(([name]) => name.toLowerCase() === 'content-type'))
    return []
  return parseJson(body) !== undefined ? [['content-type', 'application/json']] : []
}

/** An error of `fetch` has a cause if there was no answer, and none if the request is invalid. */
function explain(error: unknown): never {
  if (!(error instanceof TypeError)) throw error
  const { cause, message } = error
  throw new Failure('The call could not be made', {
    exitCode: cause === undefined ? exitCodes.usage : exitCodes.unavailable,
    hint: redact(String(cause ?? message)),
    cause: error,
  })
}
