import { isLoopbackAddress } from '@countersign/shared/emulator-guard'

/** Whether a URL's hostname is this machine: a loopback literal, or `localhost`. */
export function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || isLoopbackAddress(hostname)
}

/** Whether a host is behind Cloud Run's front door, which checks tokens itself. */
export function isGoogleFrontDoor(hostname: string): boolean {
  return isRunApp(hostname) || isCloudFunctions(hostname)
}

/** Whether a host is a Cloud Run service. */
export function isRunApp(hostname: string): boolean {
  return hostname.endsWith('.run.app')
}

/** Whether a host is that of a region's Cloud Functions. */
export function isCloudFunctions(hostname: string): boolean {
  return hostname.endsWith('.cloudfunctions.net')
}

/** The origin of a service, of which `https://green---svc-123.us-central1.run.app` is one revision. */
export function withoutRevisionTag(origin: string): string {
  return origin.replace(revisionTag, '$1')
}

const revisionTag = /^(https?:\/\/)[a-z0-9-]+?---/
