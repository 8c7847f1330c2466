import { Agent, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import type { ServiceFetch } from '@countersign/caller'
import {
  connection,
  endToEndHeaders,
  framing,
  isWebSocket,
} from '@countersign/shared/exchange/end-to-end'
import { passOn } from '@countersign/shared/exchange/pass-on'
import type { Exchange } from '@countersign/shared/exchange/passing-server'
import { readableTo } from './cross-origin.ts'

/** Where requests go, and how. */
export interface Destination {
  /** The service's URL, without a slash at its end. */
  base: string
  /**
   * Further URLs that the service calls its own, such as the one that it has in production.
   *
   * @default none
   */
  aliases?: readonly string[]
  serviceFetch: Pick<ServiceFetch, 'headers'>
}

/** What becomes of a request that is sent on. */
interface Outcome {
  /** Called if the request has a header of its own where the token goes. */
  onConflict: (header: string) => void
  /** Called as soon as the answer has begun. */
  onAnswer: (answer: IncomingMessage) => void
  /** Called if the service can't be reached. */
  onUnreachable: () => void
}

/**
 * Sends a request on to the service with a token, and its answer back. Redirects are the client's to
 * follow.
 *
 * @throws whatever `serviceFetch.headers` throws: nothing was sent
 */
export async function forward(
  { request, response }: Exchange,
  { base, aliases = [], serviceFetch }: Destination,
  { onConflict, onAnswer, onUnreachable }: Outcome,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const to = new URL(base)
  const token = await serviceFetch.headers(base + url, { method, header: [...tokenHeaders] })
  const taken = tokenHeaders.find((name) => name in headers)
  if (taken) return onConflict(taken)
  if (response.destroyed) return
  const options = {
    target: new URL(to.origin),
    path: to.pathname.replace(/\/$/, '') + url,
    headers: [
      ...['Host', to.host],
      ...requestHeaders(request),
      ...[...token].flat(),
      ...framing(request),
      ...connection(request),
    ],
    answerHeaders: (answer: string[]) =>
      readableTo(
        headers.origin,
        withUrlsHere(answer, { base, aliases, here: `http://${headers.host}` }),
      ),
    onAnswer,
  }
  // One that was kept may be closed by the service as the request comes there: then once more.
  const agent = isRepeatable(request)
    ? kept[to.protocol === 'https:' ? 'https' : 'http']
    : undefined
  passOn(
    { request, response },
    {
      ...options,
      ...(agent && { agent }),
      onUnreachable: (wasKept) => {
        if (wasKept) passOn({ request, response }, { ...options, onUnreachable })
        else onUnreachable()
      },
    },
  )
}

/** Cloud Run looks at the second and removes its signature there; the receiver reads the first. */
const tokenHeaders = ['authorization', 'x-serverless-authorization'] as const

/** Connections to services, kept for what may be sent twice. */
const kept = {
  http: new Agent({ keepAlive: true }),
  https: new TlsAgent({ keepAlive: true }),
}

/** RFC 9110 section 9.2.2, and nothing that a first attempt would have read. */
function isRepeatable(request: IncomingMessage): boolean {
  const { method = '', headers } = request
  const hasBody = 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0
  return ['GET', 'HEAD', 'OPTIONS'].includes(method) && !hasBody && !isWebSocket(request)
}

/** They speak of pages on this machine, which are none of the service's business. */
const ofTheBrowser = /^(?:origin|referer|sec-fetch-.*)$/i

function requestHeaders({ rawHeaders }: IncomingMessage): string[] {
  const names = rawHeaders.filter((name, index) => index % 2 === 0 && ofTheBrowser.test(name))
  return endToEndHeaders(rawHeaders, ['host', ...names.map((name) => name.toLowerCase())])
}

/** What the addresses in an answer are held against. */
interface OwnUrls {
  /** The service's URL, without a slash at its end. */
  base: string
  /** Further URLs that the service calls its own. */
  aliases: readonly string[]
  /** The proxy's origin, as the client wrote it. */
  here: string
}

/**
 * The headers of an answer with the service's own addresses replaced by the proxy's. A client that
 * followed them to the service would have no token there, and would keep none of its cookies.
 *
 * @param headers names and values, alternating
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
