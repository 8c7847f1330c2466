import type { IncomingHttpHeaders } from 'node:http'
import { assertKnown } from '@countersign/shared/checks'
import { rebindFetch } from './call/bound-fetch.ts'
import { isSafe, type Preparation, withSignal } from './call/request.ts'
import { traceOf, withTrace } from './call/trace.ts'
import type { ServiceFetch } from './service-fetch.ts'

/** The request that is being answered, as Node's servers hand it out. */
export interface AnsweredRequest {
  /** The request: its trace context is read, and nothing else. */
  request: {
    /** Read once: `traceparent`, `tracestate` and `x-cloud-trace-context`. */
    headers: IncomingHttpHeaders
  }
  /** The response: when its connection goes away is listened to. */
  response: {
    /** Listens, once for all calls of this request, and only where one may be given up. */
    once(event: 'close', listener: () => void): unknown
    /** Whether all of the answer was handed over; over HTTP/2 also where it broke off. */
    writableFinished: boolean
    /** Whether the answer came to its end. */
    writableEnded?: boolean
    /** Whether the connection has gone away already; HTTP/2 doesn't say. */
    destroyed?: boolean
  }
}

/** What {@link requestFetch} takes beside the request. */
export interface RequestFetchOptions {
  /**
   * Which calls are given up when whoever is being answered goes away first: those with a safe
   * method (RFC 9110 section 9.2.1), so that a lost phone signal never aborts a downstream POST;
   * `all`; or `never`. A call that is given up rejects with an `AbortError`.
   *
   * @default 'safe-methods'
   */
  abortOnDisconnect?: 'safe-methods' | 'all' | 'never'
}

/**
 * The same signing fetch, for one request that is being answered: its calls carry the request's
 * trace context (W3C Trace Context, and Google's own header) unless they have one of their own, and
 * none of its credentials; `headers(url)` holds the trace, too. For frameworks that have no
 * `signCalls`.
 *
 * @param serviceFetch what `createServiceFetch` returned: one for all requests
 * @param answered the request and its response
 * @param options which calls are given up when whoever is being answered goes away
 * @throws {TypeError} where an option is wrong, or `serviceFetch` was made by something else
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
  assertRequestFetchOptions(options)
  return rebindFetch(serviceFetch, preparationFor(answered, options))
}

/**
 * Checks the options of {@link requestFetch}: for an adapter at its start, since the first request
 * would be late to hear that one is wrong.
 *
 * @param options what was given
 * @throws {TypeError} where one is wrong
 */
export function assertRequestFetchOptions(options: RequestFetchOptions): void {
  assertKnown(options, Object.keys(optionNames), 'requestFetch options')
  const { abortOnDisconnect = 'safe-methods' } = options
  if (['safe-methods', 'all', 'never'].includes(abortOnDisconnect)) return
  throw new TypeError(
    "abortOnDisconnect is none of the three: leave it out, or write 'safe-methods', 'all' or 'never'",
  )
}

const optionNames: Record<keyof RequestFetchOptions, true> = { abortOnDisconnect: true }

/** They carry the request's trace on, and are given up when whoever made it goes away. */
function preparationFor(
  { request, response }: AnsweredRequest,
  { abortOnDisconnect = 'safe-methods' }: RequestFetchOptions,
): Preparation {
  const trace = traceOf(request.headers)
  const signalFor = disconnectSignals(response, abortOnDisconnect)
  return {
    prepare: (call) => withSignal(withTrace(call, trace), signalFor(call.method)),
    headers: trace,
  }
}

type Response = AnsweredRequest['response']

/**
 * Makes what says, for a call's method, which signal ends it when whoever is being answered goes away.
 * The response is listened to once for all calls, and only if one needs it.
 */
function disconnectSignals(
  response: Response,
  abortOnDisconnect: NonNullable<RequestFetchOptions['abortOnDisconnect']>,
): (method: string) => AbortSignal | undefined {
  let signal: AbortSignal | undefined
  return (method) => {
    const isAborted =
      abortOnDisconnect === 'all' || (abortOnDisconnect === 'safe-methods' && isSafe(method))
    if (isAborted) signal ??= disconnectOf(response)
    return isAborted ? signal : undefined
  }
}

/** Aborts when the connection goes away before the answer was finished, and never afterwards. */
function disconnectOf(response: Response): AbortSignal {
  const controller = new AbortController()
  function leave(): void {
    if (!isAnswered(response)) controller.abort(clientWentAway())
  }
  // Whoever left before the first call left for good: there is no other 'close' to come.
  if (response.destroyed || isBrokenOff(response)) leave()
  else response.once('close', leave)
  return controller.signal
}

function isAnswered(response: Response): boolean {
  return response.writableFinished && !isBrokenOff(response)
}

/** An HTTP/2 stream that is reset finishes what its handler never ended. */
function isBrokenOff({ writableFinished, writableEnded = true }: Response): boolean {
  return writableFinished && !writableEnded
}

/** Named as what an aborted `fetch` throws, which handlers and their libraries tell by that. */
function clientWentAway(): DOMException {
  return new DOMException('the client went away', 'AbortError')
}
