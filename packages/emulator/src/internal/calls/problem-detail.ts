import type { IncomingMessage } from 'node:http'
import { withoutSecrets } from '../../events/redact.ts'

/** Ours have some 300 bytes. */
const maxBytes = 4_096
const maxLength = 500

/**
 * The `detail` of an answer that is `application/problem+json` (RFC 9457), read beside whoever else
 * reads the body.
 *
 * @param answer the app's answer; only its errors are looked at
 * @param onRead told once, when the body has ended: at once where there is nothing to read
 */
export function readProblemDetail(
  answer: IncomingMessage,
  onRead: (detail: string | undefined) => void,
): void {
  if (!isProblem(answer)) {
    onRead(undefined)
    return
  }
  const chunks: Buffer[] = []
  let bytes = 0
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength
    if (bytes <= maxBytes) chunks.push(chunk)
  })
  let isTold = false
  const tell = (): void => {
    if (isTold) return
    isTold = true
    onRead(bytes <= maxBytes ? detailIn(Buffer.concat(chunks).toString('utf8')) : undefined)
  }
  // The end of one that breaks off is its close.
  answer.once('end', tell)
  answer.once('close', tell)
}

function isProblem({ statusCode = 0, headers }: IncomingMessage): boolean {
  const type = headers['content-type'] ?? ''
  const isPlain = headers['content-encoding'] === undefined
  return statusCode >= 400 && isPlain && /^application\/problem\+json\s*(;|$)/i.test(type)
}

function detailIn(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    return typeof detail === 'string' ? withoutSecrets(detail, maxLength) : undefined
  } catch {
    return undefined
  }
}
