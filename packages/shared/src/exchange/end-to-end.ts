import type { IncomingMessage } from 'node:http'

/**
 * Meant for the next hop alone (RFC 9110 section 7.6.1). What a hop needs of them, {@link framing}
 * and {@link connection} write anew.
 */
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

/**
 * Raw headers without those that belong to the connection.
 *
 * @param rawHeaders names and values, alternating
 * @param more names to leave out too, in lower case
 * @returns the same shape, in the same order and with repeats
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

/** `Connection: content-length` would hide the end of a body (request smuggling). */
function namedByConnection(rawHeaders: readonly string[]): string[] {
  return rawHeaders
    .filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'connection')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== 'content-length')
}

/**
 * Whether a request asks for a WebSocket. Java's HTTP client asks each server for `h2c` too; Cloud
 * Run ends HTTP/2 itself, and a container gets such a call as a plain one.
 *
 * @param request the call
 */
export function isWebSocket({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * The headers that say where the body of a request ends, as the request had them. Without them Node
 * would send each body without a length as chunked, an empty one too.
 *
 * @param request the call
 * @returns names and values, alternating
 */
export function framing({ headers, method = 'GET' }: IncomingMessage): string[] {
  if (headers['transfer-encoding'] !== undefined) return chunked(headers)
  const needsLength = headers['content-length'] === undefined && !withoutBody.has(method)
  return needsLength ? ['Content-Length', '0'] : []
}

/** Node assumes no body with these methods, unless a header says so. */
const withoutBody: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

/**
 * The framing of a chunked body. A coding that it has beneath, such as gzip, is left in, since
 * nothing here decodes it; `Trailer` announces what follows such a body, and no other.
 */
export function chunked(headers: IncomingMessage['headers']): string[] {
  const { trailer, 'transfer-encoding': coding = 'chunked' } = headers
  return ['Transfer-Encoding', coding, ...(trailer === undefined ? [] : ['Trailer', trailer])]
}

/**
 * The `Connection` headers for the next connection. It is `keep-alive` even if the connection isn't
 * kept: at `close` a server closes with its answer, while a long body is still on its way there.
 *
 * @param request the call
 * @returns names and values, alternating
 */
export function connection(request: IncomingMessage): string[] {
  if (isWebSocket(request)) return ['Connection', 'Upgrade', 'Upgrade', 'websocket']
  const { connection: options = '', te = '' } = request.headers
  const takesTrailers = /(?:^|,)\s*te\s*(?:,|$)/i.test(options) && /\btrailers\b/i.test(String(te))
  return takesTrailers ? ['Connection', 'TE', 'TE', 'trailers'] : ['Connection', 'keep-alive']
}
