import type { IncomingMessage } from 'node:http'

/** An assertion has a few kilobytes; no valid request comes near this limit. */
const defaultMaxBytes = 64 * 1024

/** A body that is larger than that of any valid request. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

/**
 * A request's body as text.
 *
 * @throws {BodyTooLargeError} if it is larger
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number = defaultMaxBytes,
): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // The stream must not be destroyed if it is left early: the answer uses its socket.
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
 * @returns undefined if it is not JSON, or another value, such as a list
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
