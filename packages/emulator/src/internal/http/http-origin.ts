/**
 * A text as an http origin.
 *
 * @param text a URL that has a host and perhaps a port, and nothing else: no user, path or query
 * @returns undefined for what is none
 */
export function httpOrigin(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'http:' && url.href === `${url.origin}/` ? url : undefined
}
