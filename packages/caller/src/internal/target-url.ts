import { isPlainPath } from '@countersign/shared/paths'
import type { Target } from '../options.ts'
import { isThisMachine } from './hosts.ts'

/**
 * Reads a target's URL: an origin, and maybe a path prefix.
 *
 * @throws {TypeError} where it is none, or http where that isn't allowed
 */
export function readTargetUrl(target: Target, where: string, emulator: URL | undefined): URL {
  const url = parse(target.url, where)
  if (url.protocol !== 'https:' && !mayBePlain(url, target, emulator)) {
    throw new TypeError(
      `${where}.url is ${url.protocol.slice(0, -1)}: write https, or set allowInsecureHttp for http inside a VPC or a mesh`,
    )
  }
  return url
}

function parse(text: unknown, where: string): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (!url)
    throw new TypeError(`${where}.url is no URL: write it as https://name-123.region.run.app`)
  if (url.username || url.password || url.search || url.hash) {
    throw new TypeError(
      `${where}.url must be an origin and a path: remove user, query and fragment`,
    )
  }
  if (url.hostname.endsWith('.')) {
    throw new TypeError(`${where}.url has a dot after its host: remove it`)
  }
  if (/[*{}]|%7b|%7d|\/:/i.test(url.hostname + url.pathname)) {
    throw new TypeError(
      `${where}.url has a wildcard or a parameter, which no call matches: write one origin, a target for each, and patterns in paths`,
    )
  }
  if (!isPlainPath(url.pathname)) {
    throw new TypeError(`${where}.url has an ambiguous path: remove '//', ';' and encoded slashes`)
  }
  return url
}

function mayBePlain(url: URL, target: Target, emulator: URL | undefined): boolean {
  if (url.protocol !== 'http:') return false
  return target.allowInsecureHttp === true || isNearby(url.hostname, emulator)
}

/** Whether a host is this machine, or the one where the emulator and its front doors are. */
export function isNearby(hostname: string, emulator: URL | undefined): boolean {
  return isThisMachine(hostname) || hostname === emulator?.hostname
}
