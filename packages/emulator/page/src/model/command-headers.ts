import type { HeaderList } from '@countersign/emulator'

/** Headers that the client, the connection or the front door brings along. */
const ownHeaders = new Set([
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

/** In place of a value that opens something. */
export const hidden = '[redacted]'

/** A call's headers as far as a command can send them. */
export interface CommandHeaders {
  readonly kept: HeaderList
  /** Names of those whose values no event holds. */
  readonly lost: readonly string[]
}

/**
 * Which headers of a call a command is to send. The token is none: the command gets one of its own.
 *
 * @param sent as the caller sent them
 */
export function commandHeaders(sent: HeaderList): CommandHeaders {
  const own = sent.filter(([name, value]) => !isOwn(name) && !value.includes('<claims of token'))
  const isLost = ([, value]: HeaderList[number]): boolean => /\[redacted\]|…$/.test(value)
  return {
    kept: own.filter((header) => !isLost(header)),
    lost: own.filter(isLost).map(([name]) => name),
  }
}

/** Those that begin with `sec-` are of browsers. */
function isOwn(name: string): boolean {
  return ownHeaders.has(name) || name.startsWith('sec-')
}
