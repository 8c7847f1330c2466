import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { reportOwnFault } from './own-fault.ts'
import type { Reply, StreamReply } from './route.ts'

/**
 * Sends an answer, whole or as a stream.
 *
 * @param response where to
 * @param reply the answer
 */
export function sendReply(response: ServerResponse, reply: Reply | StreamReply): void {
  const { status, headers } = reply
  const isHead = response.req.method === 'HEAD'
  if ('stream' in reply) {
    response.writeHead(status, headers)
    if (isHead) response.end()
    else void sendStream(response, reply)
    return
  }
  const length = String(Buffer.byteLength(reply.body))
  response.writeHead(status, { ...headers, 'content-length': length })
  response.end(isHead ? undefined : reply.body)
}

/** Whatever ends it, the client sees the connection close, and asks again. */
async function sendStream(response: ServerResponse, { stream }: StreamReply): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.flushHeaders()
  const chunks = Readable.from(stream(gone.signal), { objectMode: true, highWaterMark: 1 })
  await pipeline(chunks, response).catch((error) => {
    // A fault ends the response too, so that both look gone by now.
    if (!isGone(error)) reportOwnFault('go on with an answer', error)
  })
}

function isGone({ name, code }: NodeJS.ErrnoException): boolean {
  return name === 'AbortError' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}
