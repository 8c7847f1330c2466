import { isIPv6 } from 'node:net'
import { parsedUrl } from '@countersign/shared/realm/urls'
import { type Reply, type Route, type RoutedRequest, text } from './route.ts'

/** Host names of Google's servers, used by clients whose DNS points to the emulator. */
const googleHosts: ReadonlySet<string> = new Set([
  'accounts.google.com',
  'googleapis.com',
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
  '169.254.169.254',
  '[fd20:ce::254]',
])

/**
 * Whether a request's `Host` is Google's, or one that a web page can't make up.
 *
 * A page on a name whose DNS is switched to 127.0.0.1 (DNS rebinding) could otherwise read tokens
 * out of the emulator, since for the browser it is the page's own origin. Its `Host` reveals it.
 *
 * @param more accepted names, in addition to this machine's and Google's
 */
export function isHostAllowed(header: string | undefined, more: ReadonlySet<string>): boolean {
  const host = hostName(header ?? '')
  return isThisMachine(host) || isGoogle(host) || more.has(host)
}

/** Whether a `Host` names this machine. */
export function namesThisMachine(header: string | undefined): boolean {
  return isThisMachine(hostName(header ?? ''))
}

/**
 * Whether a `Host` names this emulator, and not a service or Google.
 *
 * @param names its own names, in addition to this machine's
 */
export function isOwnHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  return namesThisMachine(header) || names.has(hostName(header ?? ''))
}

function hostName(header: string): string {
  return header.replace(/:\d+$/, '').toLowerCase()
}

function isThisMachine(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  )
}

/** Go's client asks `metadata.google.internal.`: the final dot excludes search domains. */
function isGoogle(absolute: string): boolean {
  const host = absolute.replace(/\.$/, '')
  return googleHosts.has(host) || host.endsWith('.googleapis.com')
}

/**
 * Whether a host is one of Google's APIs: a name of googleapis.com, which no page of the web has.
 *
 * @param header a `Host`
 */
export function isGoogleApi(header: string | undefined): boolean {
  return /^(?:[a-z\d-]+\.)+googleapis\.com\.?$/.test(hostName(header ?? ''))
}

/** Checks a request before the routes; an answer ends the request. */
export type Guard = (request: RoutedRequest) => Reply | undefined

/**
 * A guard that refuses foreign `Host` headers (DNS rebinding).
 *
 * @param own names of this emulator, in addition to this machine's and Google's
 */
export function hostGuard(own: ReadonlySet<string>): Guard {
  return ({ headers }) => (isHostAllowed(headers.host, own) ? undefined : refused)
}

/**
 * A guard that refuses Google's names too. Pages under these names can be plain HTTP, such as
 * `metadata.google.internal`, so an attacker who controls a laptop's DNS could make up a page of
 * that origin.
 *
 * @param own names of this emulator, in addition to this machine's
 */
export function ownHostGuard(own: ReadonlySet<string>): Guard {
  return ({ headers }) => (isOwnHost(headers.host, own) ? undefined : refused)
}

/** Puts a guard in front of a route. */
export function guarded(route: Route, guard: Guard): Route {
  return {
    ...route,
    handle: (request, parameters) => guard(request) ?? route.handle(request, parameters),
  }
}

const refused = text(
  403,
  'The emulator does not answer to this Host. See its option allowedHosts.\n',
)

const wildcards: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }

/**
 * The host of a URL by which this machine reaches a server that listens on an IP address.
 *
 * @param address the address; for every address, loopback is used
 */
export function hostOfAddress(address: string): string {
  const { hostname } = new URL(`http://${isIPv6(address) ? `[${address}]` : address}`)
  return wildcards[hostname] ?? hostname
}

/**
 * Reads a text as an http origin.
 *
 * @param text a URL with a host, an optional port, and nothing else: no user, path or query
 * @returns undefined if it is not valid
 */
export function httpOrigin(text: string): URL | undefined {
  const url = parsedUrl(text)
  return url?.protocol === 'http:' && url.href === `${url.origin}/` ? url : undefined
}
