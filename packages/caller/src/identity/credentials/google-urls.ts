import { parsedUrl } from '@countersign/shared/realm/urls'

/** A URL in a credentials file. Something that can be used as an identity is sent to it. */
export type GoogleUrlField =
  | 'token_uri'
  | 'token_url'
  | 'token_url of a workforce login'
  | 'token_info_url'
  | 'service_account_impersonation_url'

/**
 * Checks a URL in a credentials file. The requests to it can be used as an identity, and people pass such
 * files on. A host of Google's is not enough, since anybody can have a bucket at storage.googleapis.com:
 * each field can only name its own endpoint, or the emulator's while the emulator is on.
 *
 * @see https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 *
 * @throws {TypeError} if it is another URL
 */
export function readGoogleUrl(
  value: unknown,
  field: GoogleUrlField,
  emulator: URL | undefined,
): URL {
  const url = typeof value === 'string' ? parsedUrl(value) : undefined
  if (url && isBare(url) && endpoints[field].some((one) => leadsTo(one, url, emulator))) return url
  throw new TypeError(
    `${field} must be the URL of Google's endpoint for it: download the file again from Google, and trust no other copy`,
  )
}

interface Endpoint {
  hosts: RegExp
  path: RegExp
}

/** Older key files name the last two. */
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

/** A service's own, regional, mTLS and Private Service Connect hosts, as in Google's Java library. */
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

/** Whether a URL is only an origin and a path. */
function isBare({ href, origin, pathname }: URL): boolean {
  return href === origin + pathname
}
