import type { IncomingHttpHeaders } from 'node:http'
import type { ServiceFetch } from './service-fetch.ts'

/** The request that is being answered, as Node's servers hand it out. */
export interface AnsweredRequest {
  request: { headers: IncomingHttpHeaders }
  response: {
    once(event: 'close', listener: () => void): unknown
    readonly writableFinished: boolean
  }
}

/** What {@link requestFetch} takes beside the request. */
export interface RequestFetchOptions {
  /**
   * Which calls are given up when whoever is being answered goes away first: those with a safe
   * method (RFC 9110 section 9.2.1), so that a lost phone signal never aborts a downstream POST;
   * `all`; or `never`.
   *
   * @default 'safe-methods'
   */
  abortOnDisconnect?: 'safe-methods' | 'all' | 'never'
}

type FetchInput = Parameters<ServiceFetch>[0]
type Prepare = (input: FetchInput, init: RequestInit | undefined) => RequestInit

/**
 * The same signing fetch, for one request that is being answered: its calls carry the request's
 * trace context (W3C Trace Context, and Google's own header), and none of its credentials. For
 * frameworks that have no `signCalls`.
 *
 * @param serviceFetch one for all requests
 * @param answered the request and its response
 *
 * @example
 * A bare server
 * ```ts
 * createServer(async (request, response) => {
 *   const fetch = requestFetch(serviceFetch, { request, response })
 *   response.end(await (await fetch('https://search-123.us-central1.run.app/')).text())
 * })
 * ```
 */
export function requestFetch(
  serviceFetch: ServiceFetch,
  answered: AnsweredRequest,
  options: RequestFetchOptions = {},
): ServiceFetch {
  const prepare = preparation(answered, options)
  const bound = (input: FetchInput, init?: RequestInit) => serviceFetch(input, prepare(input, init))
  return Object.assign(bound, {
    to: (name: string): typeof fetch => {
      const target = serviceFetch.to(name)
      return (input, init) => target(input, prepare(input, init))
    },
    headers: serviceFetch.headers,
    ready: serviceFetch.ready,
    health: serviceFetch.health,
  })
}

function preparation(
  { request, response }: AnsweredRequest,
  { abortOnDisconnect = 'safe-methods' }: RequestFetchOptions,
): Prepare {
  const trace = traceOf(request.headers)
  let disconnect: AbortSignal | undefined

  function abortSignal(input: FetchInput, init: RequestInit | undefined): AbortSignal | undefined {
    if (abortOnDisconnect === 'never') return undefined
    if (abortOnDisconnect === 'safe-methods' && !isSafe(methodOf(input, init))) return undefined
    disconnect ??= disconnectOf(response)
    return disconnect
  }

  return (input, init) => {
    const own = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    const signals = [own, abortSignal(input, init)].filter((signal) => signal != null)
    return {
      ...init,
      headers: withTrace(input, init, trace),
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
    }
  }
}

const traceHeaders = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

function traceOf(headers: IncomingHttpHeaders): [string, string][] {
  return traceHeaders.flatMap((name) => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value] satisfies [string, string]] : []
  })
}

/** A trace that the caller set itself stays. */
function withTrace(
  input: FetchInput,
  init: RequestInit | undefined,
  trace: [string, string][],
): Headers {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}))
  if (headers.has('traceparent')) return headers
  for (const [name, value] of trace) headers.set(name, value)
  return headers
}

function methodOf(input: FetchInput, init: RequestInit | undefined): string {
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
  return method.toUpperCase()
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** Aborts when the connection goes away before the answer was finished, and never afterwards. */
function disconnectOf(response: AnsweredRequest['response']): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new Error('the client went away'))
  })
  return controller.signal
}
