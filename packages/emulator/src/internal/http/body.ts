import type { IncomingMessage } from 'node:http'

/** An assertion is a few kilobytes; nothing honest comes near this. */
const maxBytes = 64 * 1024

/**
 * A request's body as text.
 *
 * @param request the request
 * @throws Error where the body is too large
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error(`body larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
