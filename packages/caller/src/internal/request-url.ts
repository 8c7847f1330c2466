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
    `Failed to parse URL from '${printable(text)}': a relative one is for serviceFetch.to(name)`,
  )
}

/** A text that is no URL, without what may be a user, a password or a query. */
function printable(text: string): string {
  return text.replace(/[?#].*$/s, '').replace(/\/\/.*@/s, '//')
}
