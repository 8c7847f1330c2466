import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Endpoint } from '../events.ts'
import { BodyTooLargeError, readBody } from './body.ts'
import type { Guard } from './hosts.ts'
import { reportOwnFault } from './own-fault.ts'
import type {
  About,
  Around,
  Parameters,
  Reply,
  Route,
  RoutedRequest,
  StreamReply,
} from './route.ts'

/** Options of {@link createRoutedServer}. */
export interface ServeOptions {
  routes: readonly Route[]
  /** Checked before the routes; the first answer ends the request. */
  guards: readonly Guard[]
  /** Sent with every answer. */
  headers?: Readonly<Record<string, string>>
  /** The answer if no route matches. */
  notFound: (request: RoutedRequest) => Reply
  /** Called for each matched route, to inject faults. */
  around: Around
  /** The service of a metadata server; undefined for Google's APIs. */
  service?: string
  /** Called for each request before its answer is sent. */
  record: (answered: Answered) => void
}

/** A request that is being answered. */
interface Answered extends About {
  endpoint: Endpoint
  service?: string
  status: number
  /** Milliseconds since its arrival. */
  durationMs: number
}

/** A server that answers by a table of routes. */
export function createRoutedServer(options: ServeOptions): Server {
  return createServer(routedListener(options))
}

/** A server that listens before it can answer. */
export interface WaitingServer {
  server: Server
  /** Sets the listener, which also answers the requests that are waiting. */
  answerBy(listener: RequestListener): void
}

/**
 * For a server whose answers contain the addresses of others: it takes its port while the others
 * start.
 */
export function createWaitingServer(): WaitingServer {
  const { promise: answering, resolve: answerBy } = Promise.withResolvers<RequestListener>()
  const server = createServer(async (request, response) => (await answering)(request, response))
  return { server, answerBy }
}

/** Answers requests by a table of routes. */
export function routedListener(options: ServeOptions): RequestListener {
  const { service, headers, record } = options
  return async (request, response) => {
    const begun = performance.now()
    const { endpoint, reply } = await answer(routedRequest(request, response), options)
    record({
      endpoint,
      ...(service !== undefined && { service }),
      status: reply.status,
      durationMs: Math.round((performance.now() - begun) * 10) / 10,
      ...reply.about,
    })
    sendReply(response, { ...reply, headers: { ...headers, ...reply.headers } })
  }
}

async function answer(
  request: RoutedRequest,
  { routes, guards, notFound, around, service }: ServeOptions,
): Promise<{ endpoint: Endpoint; reply: Reply | StreamReply }> {
  for (const guard of guards) {
    const reply = guard(request)
    if (reply) return { endpoint: 'unknown', reply }
  }
  for (const route of routes) {
    const parameters = matchRoute(route, request)
    if (!parameters) continue
    const { endpoint } = route
    const answered = await around({ endpoint, service }, () => handled(route, request, parameters))
    return { endpoint, reply: withDrill(answered) }
  }
  return { endpoint: 'unknown', reply: notFound(request) }
}

function withDrill<R extends Reply | StreamReply>({
  reply,
  drill,
}: {
  reply: R
  drill?: number
}): R {
  return drill === undefined ? reply : { ...reply, about: { ...reply.about, drill } }
}

async function handled(
  route: Route,
  request: RoutedRequest,
  parameters: Parameters,
): Promise<Reply | StreamReply> {
  try {
    return await route.handle(request, parameters)
  } catch (error) {
    if (error instanceof BodyTooLargeError) {
      return { status: 413, headers: { connection: 'close' }, body: 'Content Too Large' }
    }
    reportOwnFault(`answer ${request.method} ${request.path}`, error)
    return { status: 500, body: 'Internal Server Error' }
  }
}

/** A request as handlers see it. */
function routedRequest(request: IncomingMessage, response: ServerResponse): RoutedRequest {
  const target = request.url ?? '/'
  // Split by hand, since `new URL` would read `//host/path` as another host.
  const mark = target.indexOf('?')
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: request.headers,
    body: (maxBytes) => readBody(request, maxBytes),
    gone: () => {
      const leaving = new AbortController()
      response.once('close', () => leaving.abort())
      return leaving.signal
    },
  }
}

/**
 * Compares a route with a request.
 *
 * @returns the parameters; undefined if the route does not match
 */
function matchRoute({ method, path }: Route, request: RoutedRequest): Parameters | undefined {
  if (method !== (request.method === 'HEAD' ? 'GET' : request.method)) return undefined
  if (typeof path === 'string') return path === request.path ? {} : undefined
  const found = path.exec(request.path)
  return found ? decoded(found.groups ?? {}) : undefined
}

function decoded(groups: Record<string, string>): Parameters | undefined {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    )
  } catch {
    return undefined
  }
}

/** Sends an answer, whole or as a stream. */
export function sendReply(response: ServerResponse, reply: Reply | StreamReply): void {
  const { status, headers } = reply
  const isHead = response.req.method === 'HEAD'
  if ('stream' in reply) {
    response.writeHead(status, headers)
    if (isHead) response.end()
    else void sendStream(response, reply)
    return
  }
  const length = String(Buffer.byteLength(reply.body))
  response.writeHead(status, { ...headers, 'content-length': length })
  response.end(isHead ? undefined : reply.body)
}

/** After any failure the client sees that the connection closes, and reconnects. */
async function sendStream(response: ServerResponse, { stream }: StreamReply): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.flushHeaders()
  const chunks = Readable.from(stream(gone.signal), { objectMode: true, highWaterMark: 1 })
  await pipeline(chunks, response).catch((error) => {
    // A failure closes the response too, so the signals alone don't show whether the client
    // disconnected.
    if (!isGone(error)) reportOwnFault('go on with an answer', error)
  })
}

function isGone({ name, code }: NodeJS.ErrnoException): boolean {
  return name === 'AbortError' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}
