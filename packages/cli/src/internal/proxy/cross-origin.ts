import type { IncomingMessage } from 'node:http'

/** Headers of an answer, by lower-case name. */
export type AnswerHeaders = Record<string, string | string[]>

/**
 * Whether a request is a browser's question whether a page may send another one (CORS preflight).
 *
 * @param request the request
 */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  )
}

/**
 * Yes, as an allowed page's preflight wants to hear it. The service is not asked: it would have to
 * know of origins on laptops.
 *
 * @param request the preflight, of an allowed origin
 */
export function preflightAnswer({ headers }: IncomingMessage): AnswerHeaders {
  const wanted = headers['access-control-request-headers']
  return {
    ...readableBy(headers.origin),
    'access-control-allow-methods': String(headers['access-control-request-method']),
    ...(wanted !== undefined && { 'access-control-allow-headers': wanted }),
  }
}

/**
 * Lets an allowed page read an answer.
 *
 * @param origin of the page; undefined where no browser says any
 */
export function readableBy(origin: string | undefined): AnswerHeaders {
  if (origin === undefined) return {}
  return { 'access-control-allow-origin': origin, vary: 'origin' }
}
