import type { IncomingHttpHeaders } from 'node:http'

/** Why a request is not sent on. */
export type GuardRefusal = 'host' | 'origin'

/**
 * Whether a request may have come from a page or a program that the user means. Whatever is sent on
 * carries a service's token, so neither a name that somebody's DNS points here (DNS rebinding) nor
 * another site's page may send any, not even a GET.
 *
 * @param headers of the request
 * @param allowedOrigins of pages that may, beside the proxy's own
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
