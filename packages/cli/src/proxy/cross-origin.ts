import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** Why a request is not sent on. */
export type GuardRefusal = 'host' | 'origin'

/**
 * Whether a request may have come from a page or a program that the user means. Whatever is sent on
 * carries a service's token, so neither a name that somebody's DNS points here (DNS rebinding) nor
 * another site's page may send any, not even a GET.
 *
 * @param headers of the request
 */
export function refusalOf(
  headers: IncomingHttpHeaders,
  allowedOrigins: ReadonlySet<string>,
): GuardRefusal | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers
  if (!isThisMachine(host)) return 'host'
  if (origin !== undefined) {
    return origin === `http://${host}` || allowedOrigins.has(origin) ? undefined : 'origin'
  }
  // A browser sends no Origin with a GET by a link or an image; 'none' is the address bar.
  return site === undefined || site === 'same-origin' || site === 'none' ? undefined : 'origin'
}

function isThisMachine(host: string): boolean {
  return /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d+)?$/i.test(host)
}

/**
 * Whether a request is a browser's question whether a page may send another one (CORS preflight).
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
 */
export function preflightAnswer({ headers }: IncomingMessage): Record<string, string> {
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
 * @param origin of the page; undefined if no browser says any
 */
export function readableBy(origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {}
  return { 'access-control-allow-origin': origin, vary: 'origin' }
}

/**
 * The same for a service's own answer. It knows no origins on laptops, and what it varies by holds.
 *
 * @param origin of the page; undefined if no browser says any
 * @param headers of the answer: names and values, alternating
 */
export function readableTo(origin: string | undefined, headers: readonly string[]): string[] {
  if (origin === undefined) return [...headers]
  const kept = headers.filter((_, index) => {
    return headers[index - (index % 2)]?.toLowerCase() !== 'access-control-allow-origin'
  })
  return [...kept, ...Object.entries(readableBy(origin)).flat()]
}
