import type { IncomingMessage } from 'node:http'

/** An assertion is a few kilobytes; nothing honest comes near this. */
const maxBytes = 64 * 1024

/** A body larger than any honest client's. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

/**
 * A request's body as text.
 *
 * @param request the request
 * @throws {@link BodyTooLargeError}
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Left early, the stream has to live on: the answer goes out on its socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new BodyTooLargeError(`body larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
