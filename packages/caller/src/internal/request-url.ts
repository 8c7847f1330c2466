import { redact } from '@countersign/shared/redact'

/**
 * The URL of a call. A path is put beneath the base, also where that has a path of its own. Whatever
 * else the text resolves to is held against the base's targets afterwards.
 *
 * @param text the URL
 * @param base what a relative one is relative to, if anything
 * @throws {TypeError} where it can't be parsed, as `fetch` does
 */
export function parseUrl(text: string, base?: string): URL {
  const full = base !== undefined && /^\/(?![/\\])/.test(text) ? base + text : text
  const url = URL.parse(full, base === undefined ? undefined : `${base}/`)
  if (url) return url
  throw new TypeError(
    `Failed to parse URL from '${redact(text)}': a relative one is for serviceFetch.to(name)`,
  )
}
