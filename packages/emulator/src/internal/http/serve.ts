import { createServer, type Server } from 'node:http'
import type { Endpoint } from '../../requests.ts'
import type { Drills } from '../drills/drills.ts'
import { throughDrills } from '../drills/through-drills.ts'
import { BodyTooLargeError } from './body.ts'
import type { Guard } from './host-guard.ts'
import { callOf, matchRoute } from './match-route.ts'
import { reportOwnFault } from './own-fault.ts'
import type { About, Call, Parameters, Reply, Route, StreamReply } from './route.ts'
import { sendReply } from './send-reply.ts'

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
    const { endpoint, reply } = await answer(callOf(request, response), options)
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
    const parameters = matchRoute(route, call)
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
    reportOwnFault(`answer ${call.method} ${call.path}`, error)
    return { status: 500, body: 'Internal Server Error' }
  }
}
