/** Names under which Google's own servers are called, by clients whose DNS points here. */
const googleHosts: ReadonlySet<string> = new Set([
  'accounts.google.com',
  'googleapis.com',
  'metadata',
  'metadata.google.internal',
  '169.254.169.254',
])

/**
 * Whether a request's `Host` is one that a web page cannot make up, or Google's.
 *
 * A page on a name whose DNS is switched to 127.0.0.1 (DNS rebinding) could otherwise read tokens
 * out of the emulator, since for the browser it is the page's own origin. Its `Host` tells.
 *
 * @param header the `Host` header
 * @param more names to allow beside this machine's and Google's
 */
export function isHostAllowed(header: string | undefined, more: ReadonlySet<string>): boolean {
  const host = hostName(header ?? '')
  return isThisMachine(host) || isGoogle(host) || more.has(host)
}

/**
 * Whether a `Host` names this machine.
 *
 * @param header the `Host` header
 */
export function isLoopbackHost(header: string | undefined): boolean {
  return isThisMachine(hostName(header ?? ''))
}

/**
 * Whether a `Host` names this emulator, and not a service or Google.
 *
 * @param header the `Host` header
 * @param names its own, beside this machine's
 */
export function isOwnHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  return isLoopbackHost(header) || names.has(hostName(header ?? ''))
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

/** Go's client asks `metadata.google.internal.`: the dot keeps the search domains out. */
function isGoogle(absolute: string): boolean {
  const host = absolute.replace(/\.$/, '')
  return googleHosts.has(host) || host.endsWith('.googleapis.com')
}
