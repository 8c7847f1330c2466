/**
 * Whether a URL's hostname is a loopback literal: 127.0.0.0/8 or [::1]. Takes `URL.hostname`, which
 * has brought every way to write an IPv4 address into dotted form.
 */
export function isLoopbackAddress(hostname: string): boolean {
  return hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** Whether a URL's hostname is this machine: a loopback literal, or `localhost`. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || isLoopbackAddress(hostname)
}

/** Whether Cloud Run's front door, which looks at tokens itself, stands before a host. */
export function isGoogleFrontDoor(hostname: string): boolean {
  return isRunApp(hostname) || isCloudFunctions(hostname)
}

/** Whether a host is a Cloud Run service. */
export function isRunApp(hostname: string): boolean {
  return hostname.endsWith('.run.app')
}

/** Whether a host is a region's Cloud Functions. */
export function isCloudFunctions(hostname: string): boolean {
  return hostname.endsWith('.cloudfunctions.net')
}
