import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** Why a request is not forwarded. */
export type GuardRefusal = 'host' | 'origin'

/**
 * Refuses requests of other sites' pages. Each forwarded request carries a service's token, so neither a
 * host name that somebody's DNS points to this machine (DNS rebinding) nor another site's page may send
 * one, not even a GET. Undefined if the request is allowed.
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
  // A browser sends no Origin with the GET of a link or an image; "none" is the address bar.
  return site === undefined || site === 'same-origin' || site === 'none' ? undefined : 'origin'
}

function isThisMachine(host: string): boolean {
  return /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d+)?$/i.test(host)
}

/**
 * Whether a request is a CORS preflight, with which a browser asks whether a page may send a request.
 */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  )
}

/**
 * The headers that allow the request of an allowed page's preflight. The service is not asked, since it
 * would have to know origins on laptops.
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
 * The headers that let an allowed page read one of the proxy's own answers.
 *
 * @param origin of the page; undefined if the request has none
 */
export function readableBy(origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {}
  return { 'access-control-allow-origin': origin, vary: 'origin' }
}

/**
 * Adds them to a service's answer, in place of its own `access-control-allow-origin`, since the service knows
 * no origins on laptops. Keeps its `vary`.
 *
 * @param origin of the page; undefined if the request has none
 * @param headers of the answer: names and values, alternating
 */
export function readableTo(origin: string | undefined, headers: readonly string[]): string[] {
  if (origin === undefined) return [...headers]
  const kept = headers.filter((_, index) => {
    return headers[index - (index % 2)]?.toLowerCase() !== 'access-control-allow-origin'
  })
  return [...kept, ...Object.entries(readableBy(origin)).flat()]
}
