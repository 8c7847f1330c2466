import type { CallHandled, EmulatorState, HeaderList } from '@countersign/emulator'
import { type CommandHeaders, commandHeaders, hidden } from './command-headers.ts'
import { countersignCall } from './countersign-call.ts'
import { networkNotes } from './network-notes.ts'
import { shortName } from './parties.ts'

/** The command that makes a call again, and what is not as it was. */
export interface CallCommand {
  readonly command: string
  readonly notes: readonly string[]
}

/** Why no command can make a call again. */
export interface NoCommand {
  readonly reason: string
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
  if (isTyping(command)) return { reason: 'it holds control characters, which a terminal obeys' }
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

/** A pasted Ctrl-C leaves the quotes, and what follows is a command of whoever wrote the recording. */
function isTyping(command: string): boolean {
  return /\p{Cc}/u.test(command)
}

/** The Fetch standard forbids some, and changes no other. */
function isFetchable(method: string): boolean {
  return /^[A-Z-]+$/.test(method) && !['CONNECT', 'TRACE', 'TRACK'].includes(method)
}

/** Whole, without what was hidden, and as a URL would have it. */
function isPlainTarget(target: string): boolean {
  if (!target.startsWith('/') || target.includes(hidden) || target.endsWith('…')) return false
  const url = URL.parse(`http://host${target}`)
  return url !== null && url.pathname + url.search === target
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
