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
import { withUrlsHere } from './own-urls.ts'

/** Where requests go, and how. */
export interface Destination {
  /** The service's URL, without a slash at its end. */
  readonly base: string
  /**
   * Further URLs that the service calls its own, such as the one that it has in production.
   *
   * @default none
   */
  readonly aliases?: readonly string[]
  readonly serviceFetch: Pick<ServiceFetch, 'headers'>
}

/** What becomes of a request that is sent on. */
export interface Outcome {
  /** Called if the request has a header of its own where the token goes. */
  readonly onConflict: (header: string) => void
  /** Called as soon as the answer has begun. */
  readonly onAnswer: (answer: IncomingMessage) => void
  /** Called if the service can't be reached. */
  readonly onUnreachable: () => void
}

/**
 * Sends a request on to the service with a token, and its answer back. Redirects are the client's to
 * follow.
 *
 * @param exchange the request, and the response to write to
 * @param destination the service
 * @param outcome hears what came of it
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
