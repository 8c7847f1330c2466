import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'

/** A stream of server-sent events that is being read. */
export interface EventStream {
  status: number
  headers: IncomingMessage['headers']
  /** What has come so far. */
  text(): string
  /** The ids that have come so far. */
  ids(): number[]
  ended: Promise<unknown>
  outgoing: ClientRequest
}

/** Opens one. */
export async function openStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const outgoing = request(url, { headers, agent: false })
  outgoing.on('error', () => undefined).end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  let text = ''
  answer.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  answer.on('error', () => undefined)
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    text: () => text,
    ids: () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
    ended: new Promise((resolve) => answer.once('close', resolve)),
    outgoing,
  }
}
