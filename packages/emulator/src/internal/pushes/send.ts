import { request } from 'node:http'
import type { Outgoing } from './product.ts'

/** What came back. */
export interface Answer {
  /** 0 where none came in time. */
  readonly status: number
  readonly retryAfter: string | undefined
}

/**
 * Sends to a front door, with these headers and no other: `fetch` would add its own. A redirect is
 * an answer as any other.
 *
 * @param url where
 * @param outgoing how and what
 * @param signal ends it without an answer
 */
export function send(
  url: URL,
  { method, headers, body }: Outgoing & { readonly method: string },
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve) => {
    const size = Buffer.byteLength(body)
    const hasBody = size > 0 || ['POST', 'PUT', 'PATCH'].includes(method)
    const length = hasBody ? { 'content-length': size } : {}
    const options = { method, agent: false, signal }
    const outgoing = request(url, { ...options, headers: { ...headers, ...length } })
    outgoing.on('error', () => resolve({ status: 0, retryAfter: undefined }))
    outgoing.on('response', (answer) => {
      // Its end may never come, and says nothing more.
      answer.on('error', () => undefined).resume()
      resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] })
    })
    outgoing.end(body)
  })
}
