import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  body: string
}

export interface SendOptions {
  method?: string
  /** Names and values, alternating, or an object. */
  headers?: string[] | Record<string, string>
  body?: string
  /** The request target as it goes over the wire; a URL's path would be normalised. */
  target?: string
}

/** What `fetch` can't: any `Host`, repeated headers, no body framing of its own. */
export async function send(url: string, options: SendOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, target } = options
  const path = target === undefined ? {} : { path: target }
  const outgoing = request(url, { method, headers, agent: false, maxHeaderSize: 1 << 20, ...path })
  outgoing.end(body)
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  const { statusCode = 0, headers: received, rawHeaders } = answer
  return { status: statusCode, headers: received, rawHeaders, body: await text(answer) }
}

/** GET of a metadata server's path, as clients do it. */
export function getMetadata(
  host: string | undefined,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(`http://${host}${path}`, { headers: { 'metadata-flavor': 'Google', ...headers } })
}
