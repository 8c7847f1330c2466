import type { CallHandled, EmulatorState, HeaderList } from '@countersign/emulator'
import { shortName } from '../model/parties.ts'

/** The command that makes a call again, and what is not as it was. */
interface CallCommand {
  command: string
  notes: readonly string[]
}

/** Why no command can make a call again. */
interface NoCommand {
  reason: string
}

/**
 * The command that makes a call from a shell, where there is one that works. Without its body, which
 * no event holds.
 *
 * @param call the call
 * @param running the emulator that is to take it; undefined where none answers
 * @param pageHost the host name by which this page reaches it
 */
export function callCommand(
  call: CallHandled,
  running: EmulatorState | undefined,
  pageHost = '',
): CallCommand | NoCommand {
  const sent = call.layers.find(({ stage }) => stage === 'sent')
  const all = sent?.stage === 'sent' ? sent.headers : []
  const reason = reasonAgainst(call, all, running)
  if (reason !== undefined || !running) return { reason: reason ?? 'no emulator answers' }
  const headers = commandHeaders(all)
  const parts = { ...call, as: call.caller?.service, headers: headers.kept, emulator: running.url }
  const command = countersignCall(parts)
  if (hasControlCharacters(command))
    return { reason: 'it holds control characters, which a terminal obeys' }
  const notes = [...notesOn(call, all, headers), ...networkNotes(running.url, pageHost)]
  return { command, notes }
}

function reasonAgainst(
  call: CallHandled,
  headers: HeaderList,
  running: EmulatorState | undefined,
): string | undefined {
  const { receiver, method, target } = call
  const service = running?.services.find(({ name }) => name === receiver)
  if (running && !service?.frontDoor) return `the emulator has no front door of ${receiver}`
  if (headers.some(([name]) => name === 'upgrade')) return 'the call was a WebSocket'
  if (!isFetchable(method)) return `it can’t send ${method}`
  if (!isPlainTarget(target)) return 'it can’t send this path as it was'
  return reasonAgainstCaller(call, running)
}

/** Commands call as a service: strangers and senders of pushes are none. */
function reasonAgainstCaller(
  { caller, layers }: CallHandled,
  running: EmulatorState | undefined,
): string | undefined {
  if (!caller) return undefined
  const { service, account, verified } = caller
  if (!verified && !isSignedHere(layers)) return 'the caller is only claimed'
  if (service === undefined) return `no service has the account ${shortName(account)}`
  const isThere = running?.services.some(({ name }) => name === service) ?? true
  return isThere ? undefined : `the emulator has no ${service}`
}

function isSignedHere(layers: CallHandled['layers']): boolean {
  return layers.some((layer) => layer.stage === 'token' && layer.issuedHere)
}

/** The Fetch standard forbids some, and changes no other. */
function isFetchable(method: string): boolean {
  return /^[A-Z-]+$/.test(method) && !['CONNECT', 'TRACE', 'TRACK'].includes(method)
}

/** Whole, without what was hidden, and as a URL would have it. */
function isPlainTarget(target: string): boolean {
  if (!target.startsWith('/') || target.includes(redacted) || target.endsWith('…')) return false
  const url = URL.parse(`http://host${target}`)
  return url !== null && url.pathname + url.search === target
}

/** In place of a value that opens something. */
const redacted = '[redacted]'

/** Headers that the client, the connection or the front door brings along. */
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

/** A call's headers as far as a command can send them. */
interface CommandHeaders {
  kept: HeaderList
  /** Names of those whose values no event holds. */
  lost: readonly string[]
}

/**
 * Which headers of a call a command is to send. The token is none: the command gets one of its own.
 *
 * @param sent as the caller sent them
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

/** Those that begin with `sec-` are of browsers. */
function isOfClient(name: string): boolean {
  return clientHeaders.has(name) || name.startsWith('sec-')
}

/** What `countersign call` is to do. */
interface CommandParts {
  receiver: string
  target: string
  method: string
  /** The service that calls; undefined: nobody. */
  as: string | undefined
  headers: HeaderList
  /** The emulator's base URL. */
  emulator: string
}

/**
 * The command that makes a call from a shell.
 *
 * @param parts what it is to do
 */
export function countersignCall(parts: CommandParts): string {
  const { receiver, target, method, as, headers, emulator } = parts
  const words = [
    ...['countersign', 'call', receiver, target],
    ...(method === 'GET' ? [] : ['-X', method]),
    ...(as === undefined ? ['--anonymous'] : ['--as', as]),
    ...headers.flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...['--emulator', emulator],
  ]
  return words.map(quoted).join(' ')
}

/** For a POSIX shell: nothing within single quotes means anything but the quote itself. */
function quoted(word: string): string {
  return /^[\w./:@=?,+-]+$/.test(word) && !word.includes('?')
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A pasted Ctrl-C leaves the quotes, and what follows is a command of whoever wrote the recording. */
function hasControlCharacters(command: string): boolean {
  return /\p{Cc}/u.test(command)
}

function notesOn({ caller }: CallHandled, all: HeaderList, { lost }: CommandHeaders): string[] {
  const names = new Intl.ListFormat('en').format(lost)
  const values = lost.length === 1 ? 'whose value is' : 'whose values are'
  const hasBody = all.some(
    ([name, value]) => name === 'transfer-encoding' || (name === 'content-length' && value !== '0'),
  )
  return [
    ...(caller?.verified === false ? ['with a valid token'] : []),
    ...(lost.length > 0 ? [`without ${names}, ${values} kept nowhere`] : []),
    ...(hasBody ? ['without its body'] : []),
  ]
}

/**
 * Where a command works: in a network of containers the emulator goes by a name that this machine
 * may not know.
 *
 * @param emulator the emulator's base URL
 * @param pageHost the host name by which this page reaches it; empty: unknown
 * @returns nothing to note where it works here
 */
export function networkNotes(emulator: string, pageHost: string): readonly string[] {
  const { hostname } = new URL(emulator)
  const isKnown = hostname === pageHost || /^(localhost|127\..*|\[::1\])$/.test(hostname)
  return isKnown || pageHost === '' ? [] : [`where the host name ${hostname} is known`]
}
