import type { IncomingHttpHeaders } from 'node:http'
import type { AnswerHeaders } from './cross-origin.ts'

/** They are of one connection (RFC 9110 section 7.6.1), or `fetch` writes its own. */
const hopByHop = [
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** They speak of pages on this machine, which are none of the service's business. */
const ofTheBrowser = ['origin', 'referer']

/**
 * The headers of a request to send on. The token is not among them: the caller adds it.
 *
 * @param headers as they came
 */
export function requestHeaders(headers: IncomingHttpHeaders): [string, string][] {
  const dropped = new Set([...hopByHop, ...ofTheBrowser, ...listed(headers.connection)])
  return Object.entries(headers)
    .filter(([name]) => !dropped.has(name) && !name.startsWith('sec-fetch-'))
    .flatMap(([name, value = '']) => [value].flat().map((one): [string, string] => [name, one]))
}

/**
 * The headers of an answer to send on.
 *
 * @param headers as they came
 */
export function answerHeaders(headers: Headers): AnswerHeaders {
  const dropped = new Set([...hopByHop, ...listed(headers.get('connection'))])
  // `fetch` has decoded the body, so these no longer hold.
  if (headers.has('content-encoding')) dropped.add('content-encoding').add('content-length')
  const kept: AnswerHeaders = {}
  for (const [name, value] of headers) {
    if (!dropped.has(name)) kept[name] = name === 'set-cookie' ? headers.getSetCookie() : value
  }
  return kept
}

function listed(connection: string | null | undefined): string[] {
  return (connection ?? '').split(',').map((name) => name.trim().toLowerCase())
}
