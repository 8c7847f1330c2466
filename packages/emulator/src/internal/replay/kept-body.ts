import type { IncomingMessage } from 'node:http'

const maxBytes = 16 * 1024

/** A request's body, as far as it was read. */
export interface KeptBody {
  /** Undefined while it isn't complete, and where it is too large to be kept. */
  whole(): Buffer | undefined
}

/**
 * Keeps a small body beside whoever else reads it.
 *
 * @param request the request; its body begins to flow
 */
export function keepBody(request: IncomingMessage): KeptBody {
  const chunks: Buffer[] = []
  let bytes = 0
  let isComplete = false
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength
    if (bytes <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
  })
  request.once('end', () => {
    isComplete = true
  })
  return { whole: () => (isComplete && bytes <= maxBytes ? Buffer.concat(chunks) : undefined) }
}
