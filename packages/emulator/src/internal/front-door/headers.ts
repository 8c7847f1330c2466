import type { IncomingMessage } from 'node:http'
import { isOwnHost } from '../http/hosts.ts'
import { withoutSignature } from './signature.ts'
import { missingTraceHeaders } from './trace.ts'

/** Meant for the next hop alone (RFC 9110 section 7.6.1). */
const hopByHop: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Set by Cloud Run, whatever the caller sent. `expect` was answered by the front door. */
const replaced: readonly string[] = [
  'host',
  'x-forwarded-for',
  'x-forwarded-proto',
  'forwarded',
  'expect',
]

/**
 * The headers that the container gets: the caller's, in their order and with repeats, but for what
 * belongs to the connection; the signature gone from `X-Serverless-Authorization`, and
 * `Authorization` untouched.
 *
 * `Host` and the scheme are what they would be in production, `https` and the service's own name.
 *
 * @param request the call
 * @param service the host of its URL, and names of this emulator beside this machine's
 * @returns names and values, alternating
 */
export function headersForApp(
  request: IncomingMessage,
  { host, ownNames }: { host: string; ownNames: ReadonlySet<string> },
): string[] {
  const { headers, rawHeaders } = request
  const from = request.socket.remoteAddress ?? ''
  const before = headers['x-forwarded-for']
  return [
    'Host',
    isOwnHost(headers.host, ownNames) ? host : (headers.host ?? host),
    ...endToEndHeaders(rawHeaders, replaced).map(stripped),
    'X-Forwarded-For',
    before === undefined ? from : `${String(before)},${from}`,
    'X-Forwarded-Proto',
    'https',
    'Forwarded',
    `for="${from}";proto=https`,
    ...missingTraceHeaders(headers),
    ...framing(request),
    ...(isWebSocket(request) ? ['Connection', 'Upgrade', 'Upgrade', 'websocket'] : []),
  ]
}

/**
 * Whether a request asks for a WebSocket. Java's HTTP client asks each server for `h2c` too; Cloud
 * Run ends HTTP/2 itself, and a container gets such a call as a plain one.
 *
 * @param request the call
 */
export function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * Raw headers without those that belong to the connection.
 *
 * @param rawHeaders names and values, alternating
 * @param more names to leave out too, in lower case
 * @returns the same shape
 */
export function endToEndHeaders(
  rawHeaders: readonly string[],
  more: readonly string[] = [],
): string[] {
  const dropped = new Set([...hopByHop, ...more, ...namedByConnection(rawHeaders)])
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)] ?? ''
    return !dropped.has(name.toLowerCase())
  })
}

/** `Connection: content-length` would hide where a body ends (request smuggling). */
function namedByConnection(rawHeaders: readonly string[]): string[] {
  return rawHeaders
    .filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'connection')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== 'content-length')
}

function stripped(value: string, index: number, all: readonly string[]): string {
  const name = index % 2 === 1 ? all[index - 1] : undefined
  return name?.toLowerCase() === 'x-serverless-authorization' ? withoutSignature(value) : value
}

/** Said explicitly: left alone, Node would send each POST without a length as chunked. */
function framing({ headers, method = 'GET' }: IncomingMessage): string[] {
  if (headers['transfer-encoding'] !== undefined) return ['Transfer-Encoding', 'chunked']
  const isBodyExpected = ['POST', 'PUT', 'PATCH'].includes(method)
  return isBodyExpected && headers['content-length'] === undefined ? ['Content-Length', '0'] : []
}
