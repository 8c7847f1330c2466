import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './body.ts'
import type { Call, Parameters, Route } from './route.ts'

/**
 * A request as handlers see it.
 *
 * @param request as Node has it
 * @param response where its answer goes
 */
export function callOf(request: IncomingMessage, response: ServerResponse): Call {
  const target = request.url ?? '/'
  // Cut by hand: `new URL` would take `//host/path` for another host.
  const mark = target.indexOf('?')
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: request.headers,
    body: () => readBody(request),
    gone: () => {
      const leaving = new AbortController()
      response.once('close', () => leaving.abort())
      return leaving.signal
    },
  }
}

/**
 * Whether a route is what a call asks for.
 *
 * @param route the route
 * @param call the call
 * @returns its parameters
 */
export function matchRoute({ method, path }: Route, call: Call): Parameters | undefined {
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
