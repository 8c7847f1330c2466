/**
 * Checks a URL of a credentials file. What is sent there is worth an identity, and such files are
 * handed around: only https on googleapis.com will do, and the emulator while it is on.
 *
 * Source: https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 *
 * @param value the URL
 * @param field what to call it in errors
 * @param emulator the emulator's URL, if there is one
 * @throws {TypeError} for any other
 */
export function readGoogleUrl(value: unknown, field: string, emulator: URL | undefined): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url && (isGoogles(url) || url.origin === emulator?.origin)) return url
  throw new TypeError(
    `${field} must be an https URL on googleapis.com: get the file from Google again, and trust no other`,
  )
}

function isGoogles(url: URL): boolean {
  if (url.protocol !== 'https:' || url.port || url.username || url.password) return false
  return url.hostname.endsWith('.googleapis.com')
}
