import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { ServiceFetch } from '@countersign/caller'
import { type AnswerHeaders, readableBy } from './cross-origin.ts'
import { answerHeaders, requestHeaders } from './headers.ts'

/** Where requests go, and how. */
export interface Destination {
  /** The service's URL, without a slash at its end. */
  readonly base: string
  readonly serviceFetch: ServiceFetch
}

/**
 * Sends a request on to the service, and its answer back, both bodies as streams. Redirects are the
 * client's to follow.
 *
 * @param exchange the request, and the response to write to
 * @param destination the service
 * @throws whatever `serviceFetch` throws before anything was answered
 */
export async function forward(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  { base, serviceFetch }: Destination,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const answer = await serviceFetch(base + request.url, {
    method: request.method ?? 'GET',
    headers: requestHeaders(request.headers),
    redirect: 'manual',
    signal: gone.signal,
    ...bodyOf(request),
  })
  const headers: AnswerHeaders = {
    ...answerHeaders(answer.headers),
    ...readableBy(request.headers.origin),
  }
  response.writeHead(answer.status, answer.statusText, headers)
  if (answer.body === null) return void response.end()
  // Both ends may go at any time; neither is an error of the proxy's.
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), response).catch(() => {})
}

/** `fetch` takes no body with these two, and sends one of unknown length only half-duplex. */
function bodyOf(request: IncomingMessage): RequestInit {
  if (request.method === 'GET' || request.method === 'HEAD') return {}
  return { body: Readable.toWeb(request) as NonNullable<RequestInit['body']>, duplex: 'half' }
}
