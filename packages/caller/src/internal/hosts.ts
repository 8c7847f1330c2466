import { isLoopbackAddress } from '@countersign/shared/emulator-guard'

/** Whether a URL's hostname is this machine: a loopback literal, or `localhost`. */
export function isThisMachine(hostname: string): boolean {
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
