/** What the addresses in an answer are held against. */
export interface OwnUrls {
  /** The service's URL, without a slash at its end. */
  readonly base: string
  /** Further URLs that the service calls its own. */
  readonly aliases: readonly string[]
  /** The proxy's origin, as the client wrote it. */
  readonly here: string
}

/**
 * The headers of an answer with the service's own addresses replaced by the proxy's. A client that
 * followed them to the service would have no token there, and would keep none of its cookies.
 *
 * @param headers names and values, alternating
 * @param urls which ones, and what by
 */
export function withUrlsHere(headers: readonly string[], urls: OwnUrls): string[] {
  return headers.map((value, index) => {
    const name = index % 2 === 1 ? headers[index - 1]?.toLowerCase() : undefined
    if (name === 'location' || name === 'content-location') return urlHere(value, urls)
    if (name === 'refresh')
      return value.replace(refreshUrl, (_, to, url) => to + urlHere(url, urls))
    if (name === 'set-cookie')
      return value.replace(/;\s*domain=[^;]*/gi, (own) => domain(own, urls))
    return value
  })
}

/** `5; url=https://…`, as the HTML standard has it. */
const refreshUrl = /^([\s\d.]*[;,]\s*url\s*=\s*["']?)(.*)$/i

/** Of an URL with a host: that, and what follows. */
const withHost = /^(?:https?:)?\/\/([^/?#\\@]*)(.*)$/is

/** Both schemes: behind Google's front end a service often takes itself for `http`. */
function urlHere(value: string, { base, aliases, here }: OwnUrls): string {
  const { pathname } = new URL(base)
  const prefix = pathname.replace(/\/$/, '')
  const [, host, rest = ''] = withHost.exec(value) ?? [undefined, undefined, value]
  if (host !== undefined && !hostsOf([base, ...aliases]).has(host.toLowerCase())) return value
  const isBeneath = rest.startsWith(prefix) && /^(?:[/?#]|$)/.test(rest.slice(prefix.length))
  if (!isBeneath) return value
  const path = rest.slice(prefix.length)
  if (host !== undefined) return here + path
  return prefix === '' ? value : path || '/'
}

/** A browser takes no cookie for a host that it hasn't asked; without a domain it is the proxy's. */
function domain(attribute: string, { base, aliases }: OwnUrls): string {
  const [, name = ''] = attribute.split('=')
  const suffix = name.trim().toLowerCase().replace(/^\./, '')
  const names = parsed([base, ...aliases]).map(({ hostname }) => hostname)
  return names.some((own) => own === suffix || own.endsWith(`.${suffix}`)) ? '' : attribute
}

function hostsOf(urls: readonly string[]): ReadonlySet<string> {
  const hosts = parsed(urls).flatMap(({ host, port }) => {
    return port === '' ? [host, `${host}:443`, `${host}:80`] : [host]
  })
  return new Set(hosts)
}

/** An alias is an audience, which needn't be a URL. */
function parsed(urls: readonly string[]): URL[] {
  return urls.filter((url) => URL.canParse(url)).map((url) => new URL(url))
}
