import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

/** An assertion has a few kilobytes; no valid request comes near this limit. */
const defaultMaxBytes = 64 * 1024

/** A body that is larger than that of any valid request. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

/**
 * A request's body as text. Google's clients for Java compress theirs with gzip; one that can't be
 * decompressed is read as empty.
 *
 * @throws {BodyTooLargeError} if it is larger, compressed or not
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number = defaultMaxBytes,
): Promise<string> {
  const sent = await readBytes(request, maxBytes)
  const isCompressed = /^(x-)?gzip$/i.test(request.headers['content-encoding'] ?? '')
  return (isCompressed ? await decompressed(sent, maxBytes) : sent).toString('utf8')
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  // The stream must not be destroyed if it is left early: the answer uses its socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new BodyTooLargeError(`body larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const gunzipped = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)

/** Stops at the limit, so that a small body can't fill the memory. */
async function decompressed(sent: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await gunzipped(sent, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return Buffer.alloc(0)
    throw new BodyTooLargeError(`body larger than ${maxBytes} bytes`)
  }
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

/**
 * The fields of a request to one of Google's JSON APIs, which take the names in snake case too, as
 * their definitions write them.
 *
 * @see https://protobuf.dev/programming-guides/json/
 * @returns undefined if the text is not a JSON object
 */
export function jsonFields(text: string): Readonly<Record<string, unknown>> | undefined {
  const fields = jsonObject(text)
  return fields && Object.fromEntries(Object.entries(fields).map(inCamelCase))
}

function inCamelCase([name, value]: [string, unknown]): [string, unknown] {
  return [name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]
}
