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
 * @throws {BodyTooLargeError}
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

/**
 * The object that a JSON text holds.
 *
 * @returns undefined for another value, a list too, and for what is no JSON
 */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? { ...value } : undefined
  } catch {
    return undefined
  }
}
