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

/** The service that requests are forwarded to. */
export interface Destination {
  /** The service's URL, without a slash at its end. */
  base: string
  /**
   * Other URLs that the service uses for itself, such as its URL in production.
   *
   * @default none
   */
  aliases?: readonly string[]
  serviceFetch: Pick<ServiceFetch, 'headers'>
}

/** Callbacks for the outcome of a request that is forwarded. */
interface Outcome {
  /** Called if the request already has one of the headers for the token. */
  onConflict: (header: string) => void
  /** Called when the answer begins. */
  onAnswer: (answer: IncomingMessage) => void
  /** Called if the service can't be reached. */
  onUnreachable: () => void
}

/**
 * Forwards a request to the service with a token, and sends the answer back. Doesn't follow redirects: that
 * is left to the client.
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
  // The service can close a kept connection just as the request arrives: then it is sent once more.
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

/** Cloud Run checks the second header and removes the signature there; the receiver reads the first. */
const tokenHeaders = ['authorization', 'x-serverless-authorization'] as const

/** Kept connections to services, for requests that can be sent twice. */
const kept = {
  http: new Agent({ keepAlive: true }),
  https: new TlsAgent({ keepAlive: true }),
}

/** Whether a request is idempotent (RFC 9110 section 9.2.2) and has no body that a first attempt has read. */
function isRepeatable(request: IncomingMessage): boolean {
  const { method = '', headers } = request
  const hasBody = 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0
  return ['GET', 'HEAD', 'OPTIONS'].includes(method) && !hasBody && !isWebSocket(request)
}

/** Headers that name pages on this machine, which the service must not see. */
const ofTheBrowser = /^(?:origin|referer|sec-fetch-.*)$/i

function requestHeaders({ rawHeaders }: IncomingMessage): string[] {
  const names = rawHeaders.filter((name, index) => index % 2 === 0 && ofTheBrowser.test(name))
  return endToEndHeaders(rawHeaders, ['host', ...names.map((name) => name.toLowerCase())])
}

/** The URLs of the service and of the proxy, for replacing one with the other in an answer. */
interface OwnUrls {
  /** The service's URL, without a slash at its end. */
  base: string
  /** Other URLs that the service uses for itself. */
  aliases: readonly string[]
  /** The proxy's origin, as the client wrote it. */
  here: string
}

/**
 * Replaces the service's own URLs in the headers of an answer with the proxy's. A client that followed them
 * to the service would have no token there, and would not keep the service's cookies.
 *
 * @param headers names and values, alternating
 */
export function withUrlsHere(headers: readonly string[], urls: OwnUrls): string[] {
  return headers.map((value, index) => {
    const name = index % 2 === 1 ? headers[index - 1]?.toLowerCase() : undefined
    if (name === 'location' || name === 'content-location') return urlHere(value, urls)
    if (name === 'refresh')
      return value.replace(refreshUrl, (_, to, url) => to + urlHere(url, urls))
    return name === 'set-cookie' ? cookieHere(value, urls) : value
  })
}

/** `5; url=https://…`, in the forms of the HTML standard, in which `url=` can be left out. */
const refreshUrl = /^(\s*[\d.]*(?:\s*[;,]\s*|\s+)(?:url\s*=\s*)?["']?)(.*)$/i

/** A URL with a host: the host, and the rest. */
const withHost = /^(?:https?:)?\/\/([^/?#\\@]*)(.*)$/is

/** Accepts both schemes: behind Google's front end a service often writes its own URLs with `http`. */
function urlHere(value: string, { base, aliases, here }: OwnUrls): string {
  const { pathname } = new URL(base)
  const prefix = pathname.replace(/\/$/, '')
  const [, host, rest = ''] = withHost.exec(value) ?? [undefined, undefined, value]
  if (host !== undefined && !hostsOf({ base, aliases }).has(host.toLowerCase())) return value
  const isBeneath = rest.startsWith(prefix) && /^(?:[/?#]|$)/.test(rest.slice(prefix.length))
  if (!isBeneath) return value
  const path = rest.slice(prefix.length)
  if (host !== undefined) return here + path
  return prefix === '' ? value : path || '/'
}

/** A cookie of the service as one of the proxy: without its domain, and with the path that the proxy has. */
function cookieHere(cookie: string, urls: OwnUrls): string {
  return cookie
    .replace(/;\s*domain=[^;]*/gi, (own) => domain(own, urls))
    .replace(/(;\s*path=)(\/[^;]*)/gi, (_, name, path) => name + urlHere(path, urls))
}

/** Removes the service's domain: a browser refuses a cookie for a host other than the one it called. */
function domain(attribute: string, { base, aliases }: OwnUrls): string {
  const [, name = ''] = attribute.split('=')
  const suffix = name.trim().toLowerCase().replace(/^\./, '')
  const names = parsed({ base, aliases }).map(({ hostname }) => hostname)
  return names.some((own) => own === suffix || own.endsWith(`.${suffix}`)) ? '' : attribute
}

function hostsOf(urls: Pick<OwnUrls, 'base' | 'aliases'>): ReadonlySet<string> {
  const hosts = parsed(urls).flatMap(({ host, port }) => {
    return port === '' ? [host, `${host}:443`, `${host}:80`] : [host]
  })
  return new Set(hosts)
}

/** Skips texts that are not URLs: an alias is an audience, which can be any text. */
function parsed({ base, aliases }: Pick<OwnUrls, 'base' | 'aliases'>): URL[] {
  const urls = [base, base.replace(revisionTag, '$1'), ...aliases]
  return urls.filter((url) => URL.canParse(url)).map((url) => new URL(url))
}

/** `https://green---search-123.us-central1.run.app` is one revision of a service that has one URL. */
const revisionTag = /^(https?:\/\/)[a-z0-9-]+?---(?=[^/]*\.run\.app)/i
