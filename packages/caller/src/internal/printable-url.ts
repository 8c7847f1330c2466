import { redactedPath } from './redact.ts'

/** The URL as errors and events show it: without user, password, query, fragment and tokens. */
export function printableUrl(url: URL): string {
  return isHttp(url) ? url.origin + redactedPath(url.pathname) : url.protocol
}

function isHttp({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}
