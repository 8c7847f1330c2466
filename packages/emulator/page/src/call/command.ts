import type { CallHandled, EmulatorState, HeaderList, PushState } from '@countersign/emulator'
import { shortName } from '../model/parties.ts'

/** The command that repeats a call, and how it differs from the call. */
interface CallCommand {
  command: string
  notes: readonly string[]
}

/** Why no command can repeat a call. */
interface NoCommand {
  reason: string
}

/**
 * Returns the command that repeats a call from a shell, or why there is none. The command has no
 * body, since events do not contain bodies.
 *
 * @param running the emulator that gets the call; undefined if it does not answer
 * @param push the push of the policy whose delivery the call is
 * @param pageHost the host name in the URL of this page
 */
export function callCommand(
  call: CallHandled,
  running: EmulatorState | undefined,
  { pageHost = '', push }: { pageHost?: string; push?: PushState | undefined } = {},
): CallCommand | NoCommand {
  if (push && running) return pushCommand(push, running.url, pageHost)
  const sent = call.layers.find(({ stage }) => stage === 'sent')
  const all = sent?.stage === 'sent' ? sent.headers : []
  const reason = reasonAgainst(call, all, running)
  if (reason !== undefined || !running) return { reason: reason ?? 'no emulator answers' }
  const headers = commandHeaders(all)
  const parts = { ...call, as: call.caller?.service, headers: headers.kept, emulator: running.url }
  const command = countersignCall(parts)
  if (hasControlCharacters(command))
    return { reason: 'it contains control characters, which a terminal would execute' }
  const notes = [...notesOn(call, all, headers), ...networkNotes(running.url, pageHost)]
  return { command, notes }
}

/** Delivers the push once more, with the emulator's own data. */
function pushCommand({ name }: PushState, emulator: string, pageHost: string): CallCommand {
  const words = ['npx', 'countersign', 'push', name, '--emulator', emulator]
  const notes = ['with data of the emulator', ...networkNotes(emulator, pageHost)]
  return { command: words.map(quoted).join(' '), notes }
}

function reasonAgainst(
  call: CallHandled,
  headers: HeaderList,
  running: EmulatorState | undefined,
): string | undefined {
  const { receiver, method, target } = call
  const service = running?.services.find(({ name }) => name === receiver)
  if (running && !service?.frontDoor) return `the emulator has no front door for ${receiver}`
  if (headers.some(([name]) => name === 'upgrade')) return 'it was a WebSocket connection'
  if (!isFetchable(method)) return `countersign call cannot send ${method}`
  if (!isPlainTarget(target)) return 'countersign call cannot send this path unchanged'
  return reasonAgainstCaller(call, running)
}

/** A command can only call as a service, not as another account such as a sender of pushes. */
function reasonAgainstCaller(
  { caller, layers }: CallHandled,
  running: EmulatorState | undefined,
): string | undefined {
  if (!caller) return undefined
  const { service, account, verified } = caller
  if (!verified && !isSignedHere(layers)) return 'its caller is only claimed'
  if (service === undefined) return `no service has the account ${shortName(account)}`
  const isThere = running?.services.some(({ name }) => name === service) ?? true
  return isThere ? undefined : `the emulator has no service ${service}`
}

function isSignedHere(layers: CallHandled['layers']): boolean {
  return layers.some((layer) => layer.stage === 'token' && layer.issuedHere)
}

/** The Fetch standard forbids three methods, and sends other upper-case ones unchanged. */
function isFetchable(method: string): boolean {
  return /^[A-Z-]+$/.test(method) && !['CONNECT', 'TRACE', 'TRACK'].includes(method)
}

/** Whether the target is complete, not redacted, and unchanged by URL parsing. */
function isPlainTarget(target: string): boolean {
  if (!target.startsWith('/') || target.includes(redacted) || target.endsWith('…')) return false
  const url = URL.parse(`http://host${target}`)
  return url !== null && url.pathname + url.search === target
}

/** Replaces a secret value in events. */
const redacted = '[redacted]'

/** Headers that the client, the connection or the front door adds. */
const clientHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'connection',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-caller-authorization',
  'x-cloud-trace-context',
])

/** The headers of a call that a command can send, and those that it can't. */
interface CommandHeaders {
  kept: HeaderList
  /** Names of the headers whose values are not recorded. */
  lost: readonly string[]
}

/**
 * Selects the headers that a command sends, without the token: the command gets a new one.
 */
export function commandHeaders(sent: HeaderList): CommandHeaders {
  const own = sent.filter(
    ([name, value]) => !isOfClient(name) && !value.includes('<claims of token'),
  )
  function isLost([, value]: HeaderList[number]): boolean {
    return /\[redacted\]|…$/.test(value)
  }
  return {
    kept: own.filter((header) => !isLost(header)),
    lost: own.filter(isLost).map(([name]) => name),
  }
}

/** Browsers add the headers that begin with `sec-`. */
function isOfClient(name: string): boolean {
  return clientHeaders.has(name) || name.startsWith('sec-')
}

/** Arguments of `countersign call`. */
interface CommandParts {
  receiver: string
  target: string
  method: string
  /** The service that calls; undefined: no token. */
  as: string | undefined
  headers: HeaderList
  /** The emulator's base URL. */
  emulator: string
}

/** Writes the command line for a shell; undefined if pasting it could do something else. */
export function safeCommand(parts: CommandParts): string | undefined {
  const { method, target } = parts
  if (!isFetchable(method) || !isPlainTarget(target)) return undefined
  const command = countersignCall(parts)
  return hasControlCharacters(command) ? undefined : command
}

/** Writes the command line for a shell. */
export function countersignCall(parts: CommandParts): string {
  const { receiver, target, method, as, headers, emulator } = parts
  const words = [
    ...['npx', 'countersign', 'call', receiver, target],
    ...(method === 'GET' ? [] : ['-X', method]),
    ...(as === undefined ? ['--anonymous'] : ['--as', as]),
    ...headers.flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...['--emulator', emulator],
  ]
  return words.map(quoted).join(' ')
}

/** For a POSIX shell, where only the quote itself is special within single quotes. */
function quoted(word: string): string {
  return /^[\w./:@=?,+-]+$/.test(word) && !word.includes('?')
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * A pasted Ctrl-C ends the quotes: the author of a recording could add a command after it. Bidi characters show
 * another command than the one that is copied.
 */
function hasControlCharacters(command: string): boolean {
  return /[\p{Cc}\p{Cf}]/u.test(command)
}

function notesOn({ caller }: CallHandled, all: HeaderList, { lost }: CommandHeaders): string[] {
  const names = new Intl.ListFormat('en').format(lost)
  const values = lost.length === 1 ? 'whose value is' : 'whose values are'
  const hasBody = all.some(
    ([name, value]) => name === 'transfer-encoding' || (name === 'content-length' && value !== '0'),
  )
  return [
    ...(caller?.verified === false ? ['with a valid token'] : []),
    ...(lost.length > 0 ? [`without ${names}, ${values} not recorded`] : []),
    ...(hasBody ? ['without the body'] : []),
  ]
}

/**
 * Says where a command works: in a container network the emulator has a host name that other
 * machines can't always resolve.
 *
 * @param pageHost the host name in the URL of this page; empty: unknown
 * @returns no notes if the command works on this machine
 */
export function networkNotes(emulator: string, pageHost: string): readonly string[] {
  const { hostname } = new URL(emulator)
  const isKnown = hostname === pageHost || /^(localhost|127\..*|\[::1\])$/.test(hostname)
  return isKnown || pageHost === '' ? [] : [`only on machines that know the host name ${hostname}`]
}
