import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http'
import type { Endpoint } from '../../requests.ts'
import type { Drills } from '../drills/drills.ts'
import { throughDrills } from '../drills/through-drills.ts'
import { BodyTooLargeError, readBody } from './body.ts'
import type { Guard } from './host-guard.ts'
import { sendReply } from './send-reply.ts'

/** One request, as handlers see it. */
export interface Call {
  readonly method: string
  /** The path as it was sent, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The body as text. Rejects with {@link BodyTooLargeError}; left to the server, that is a 413. */
  body(): Promise<string>
}

/** How a request is answered. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** What the logs are to know of it. */
  readonly about?: About
}

/** An answer that goes on until it is through, or the client is gone. */
export interface StreamReply extends Omit<Reply, 'body'> {
  /** The body, read no faster than the client does. `signal` is aborted once nobody reads it. */
  readonly stream: (signal: AbortSignal) => AsyncIterable<string>
}

/** What a handler tells the logs. */
export interface About {
  readonly account?: string
  readonly audience?: string
  readonly from?: 'minted' | 'cached'
  /** Of the ID token that was handed out. */
  readonly fingerprint?: string
  /** The drill that changed the answer. */
  readonly drill?: number
}

/** One line of a routes table. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** The whole path; named groups of a pattern are its parameters. */
  readonly path: string | RegExp
  readonly endpoint: Endpoint
  readonly handle: Handler
}

/** Answers the requests of one route. */
export type Handler = (
  call: Call,
  parameters: Parameters,
) => Reply | StreamReply | Promise<Reply | StreamReply>

/** The named groups of a route's pattern, decoded. */
export type Parameters = Readonly<Record<string, string>>

/** What makes a server out of routes. */
export interface ServeOptions {
  readonly routes: readonly Route[]
  /** Looked at before the routes; the first that answers ends it. */
  readonly guards: readonly Guard[]
  /** Sent with every answer. */
  readonly headers?: Readonly<Record<string, string>>
  /** What is answered where no route matches. */
  readonly notFound: (call: Call) => Reply
  /** What may go wrong here. */
  readonly drills: Drills
  /** Whose server it is; undefined for Google's APIs. */
  readonly service?: string
  /** Told of each request before its answer is sent. */
  readonly record: (answered: Answered) => void
}

/** A request that is being answered. */
export interface Answered extends About {
  readonly endpoint: Endpoint
  readonly service?: string
  readonly status: number
  /** Milliseconds since it came. */
  readonly durationMs: number
}

/**
 * A server that answers by a table of routes.
 *
 * @param options the table and what surrounds it
 */
export function createRoutedServer(options: ServeOptions): Server {
  const { service, headers, record } = options
  return createServer(async (request, response) => {
    const begun = performance.now()
    const { endpoint, reply } = await answer(callOf(request), options)
    record({
      endpoint,
      ...(service !== undefined && { service }),
      status: reply.status,
      durationMs: Math.round((performance.now() - begun) * 10) / 10,
      ...reply.about,
    })
    sendReply(response, { ...reply, headers: { ...headers, ...reply.headers } })
  })
}

async function answer(
  call: Call,
  { routes, guards, notFound, drills, service }: ServeOptions,
): Promise<{ endpoint: Endpoint; reply: Reply | StreamReply }> {
  for (const guard of guards) {
    const reply = guard(call)
    if (reply) return { endpoint: 'unknown', reply }
  }
  for (const route of routes) {
    const parameters = match(route, call)
    if (!parameters) continue
    const { endpoint } = route
    const answered = await throughDrills(drills, { endpoint, service }, () =>
      handled(route, call, parameters),
    )
    return { endpoint, reply: withDrill(answered) }
  }
  return { endpoint: 'unknown', reply: notFound(call) }
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
  call: Call,
  parameters: Parameters,
): Promise<Reply | StreamReply> {
  try {
    return await route.handle(call, parameters)
  } catch (error) {
    if (error instanceof BodyTooLargeError) {
      return { status: 413, headers: { connection: 'close' }, body: 'Content Too Large' }
    }
    return { status: 500, body: 'Internal Server Error' }
  }
}

function match({ method, path }: Route, call: Call): Parameters | undefined {
  if (method !== (call.method === 'HEAD' ? 'GET' : call.method)) return undefined
  if (typeof path === 'string') return path === call.path ? {} : undefined
  const found = path.exec(call.path)
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

/** Cut by hand: `new URL` would take `//host/path` for another host. */
function callOf(request: IncomingMessage): Call {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: request.headers,
    body: () => readBody(request),
  }
}
