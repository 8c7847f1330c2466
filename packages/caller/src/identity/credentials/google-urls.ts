/** A URL of a credentials file, to which something is sent that is worth an identity. */
export type GoogleUrlField =
  | 'token_uri'
  | 'token_url'
  | 'token_url of a workforce login'
  | 'token_info_url'
  | 'service_account_impersonation_url'

/**
 * Checks a URL of a credentials file. What is sent there is worth an identity, and such files are
 * handed around. That a host is Google's is not enough, since with storage.googleapis.com anybody has
 * a bucket: each field may name its own endpoint alone, and the emulator's while that is on.
 *
 * Source: https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 *
 * @param value the URL
 * @param field whose it is
 * @param emulator the emulator's URL, if there is one
 * @throws {TypeError} for any other
 */
export function readGoogleUrl(
  value: unknown,
  field: GoogleUrlField,
  emulator: URL | undefined,
): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url && isBare(url) && endpoints[field].some((one) => leadsTo(one, url, emulator))) return url
  throw new TypeError(
    `${field} must be the URL of Google's endpoint for it: get the file from Google again, and trust no other`,
  )
}

interface Endpoint {
  hosts: RegExp
  path: RegExp
}

/** Key files of older years name the last two. */
const tokenEndpoints: readonly Endpoint[] = [
  { hosts: /^oauth2(?:\.mtls)?\.googleapis\.com$/, path: /^\/token$/ },
  { hosts: /^www\.googleapis\.com$/, path: /^\/oauth2\/v4\/token$/ },
  { hosts: /^accounts\.google\.com$/, path: /^\/o\/oauth2\/token$/ },
]

const endpoints: Readonly<Record<GoogleUrlField, readonly Endpoint[]>> = {
  token_uri: tokenEndpoints,
  token_url: [{ hosts: hostsOf('sts'), path: /^\/v1\/token$/ }],
  'token_url of a workforce login': [{ hosts: hostsOf('sts'), path: /^\/v1\/oauthtoken$/ }],
  token_info_url: [{ hosts: hostsOf('sts'), path: /^\/v1\/introspect$/ }],
  service_account_impersonation_url: [
    {
      hosts: hostsOf('iamcredentials'),
      path: /^\/v1\/projects\/-\/serviceAccounts\/[^/:]+:generate(?:Access|Id)Token$/,
    },
  ],
}

/** A service's own, regional, mTLS and Private Service Connect hosts, as Google's Java library has them. */
function hostsOf(service: string): RegExp {
  const label = '[a-z0-9-]+'
  const hosts = `(?:${label}[.-])?${service}|${service}\\.${label}|${service}-${label}\\.p`
  return new RegExp(`^(?:${hosts})\\.googleapis\\.com$`)
}

function leadsTo({ hosts, path }: Endpoint, url: URL, emulator: URL | undefined): boolean {
  if (!path.test(url.pathname)) return false
  const isGoogles = url.protocol === 'https:' && url.port === '' && hosts.test(url.hostname)
  return isGoogles || url.origin === emulator?.origin
}

/** Whether a URL is an origin and a path, and no more. */
function isBare({ href, origin, pathname }: URL): boolean {
  return href === origin + pathname
}
