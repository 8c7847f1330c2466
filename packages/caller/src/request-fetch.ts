import type { IncomingHttpHeaders } from 'node:http'
import { assertKnown, printed } from '@countersign/shared/checks'
import { createAbort } from '@countersign/shared/realm/signals'
import { rebindFetch } from './call/bound-fetch.ts'
import { isSafe, type Preparation, withSignal } from './call/request.ts'
import { traceOf, withTrace } from './call/trace.ts'
import type { ServiceFetch } from './service-fetch.ts'

/** The incoming request that is being answered, and its response, from Node's servers. */
export interface AnsweredRequest {
  /** The request. Only its trace context is read. */
  request: {
    /** Read once: `traceparent`, `tracestate` and `x-cloud-trace-context`. */
    headers: IncomingHttpHeaders
  }
  /** The response. It shows when its connection is closed. */
  response: {
    /** Called once for all calls of this request, and only if one of them can be aborted. */
    once(event: 'close', listener: () => void): unknown
    /** Whether the whole answer was flushed; over HTTP/2 also true if the stream was reset. */
    writableFinished: boolean
    /** Whether the answer was ended. */
    writableEnded?: boolean
    /** Whether the connection is closed already; not set over HTTP/2. */
    destroyed?: boolean
  }
}

/** The options of {@link requestFetch}. */
export interface RequestFetchOptions {
  /**
   * Which calls are aborted if our own client disconnects before its answer: those with a safe method
   * (RFC 9110 section 9.2.1), so that a lost phone signal never aborts a downstream POST; `all`; or
   * `never`. An aborted call rejects with an `AbortError`.
   *
   * @default 'safe-methods'
   */
  abortOnDisconnect?: 'safe-methods' | 'all' | 'never'
}

/**
 * Returns the same signing fetch for one incoming request. Its calls carry the request's trace context
 * (W3C Trace Context, and Google's own header) unless they have one of their own, and none of the
 * request's credentials; the headers of `headers(url)` carry the trace, too. For frameworks that have no
 * `signCalls`.
 *
 * @param serviceFetch the result of `createServiceFetch`, the same one for all requests
 * @param answered the incoming request and its response
 * @param options which calls are aborted if our own client disconnects
 * @throws {TypeError} if an option is wrong, or `serviceFetch` is not a result of `createServiceFetch`
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
 * Checks the options of {@link requestFetch}. An adapter calls it at its start, so that a wrong option is
 * found before the first request.
 *
 * @param options the options
 * @throws {TypeError} if one is wrong
 */
export function assertRequestFetchOptions(options: RequestFetchOptions): void {
  assertKnown(options, Object.keys(optionNames), 'requestFetch options')
  const { abortOnDisconnect = 'safe-methods' } = options
  if (['safe-methods', 'all', 'never'].includes(abortOnDisconnect)) return
  throw new TypeError(
    `abortOnDisconnect must be "safe-methods", "all" or "never", but is ${printed(abortOnDisconnect)}: leave it out, or write one of these`,
  )
}

const optionNames: Record<keyof RequestFetchOptions, true> = { abortOnDisconnect: true }

/** Calls carry the incoming request's trace, and are aborted when our own client disconnects. */
function preparationFor(
  { request, response }: AnsweredRequest,
  { abortOnDisconnect = 'safe-methods' }: RequestFetchOptions,
): Preparation {
  const trace = traceOf(request.headers)
  const signalFor = disconnectSignals(response, abortOnDisconnect)
  return {
    prepare: (call) =>
      withSignal({ ...call, headers: withTrace(call.headers, trace) }, signalFor(call.method)),
    headers: trace,
  }
}

type Response = AnsweredRequest['response']

/**
 * Returns the abort signal for a call, by its HTTP method: aborted when our own client disconnects. There
 * is one listener on the response for all calls, and only if a call needs it.
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

/** Aborts if the connection is closed before the answer is finished, and never afterwards. */
function disconnectOf(response: Response): AbortSignal {
  const controller = createAbort()
  function leave(): void {
    if (!isAnswered(response)) controller.abort(clientWentAway())
  }
  // If the client disconnected before the first call, there is no other 'close' event to come.
  if (response.destroyed || isBrokenOff(response)) leave()
  else response.once('close', leave)
  return controller.signal
}

function isAnswered(response: Response): boolean {
  return response.writableFinished && !isBrokenOff(response)
}

/** An HTTP/2 stream that is reset emits 'finish' although its handler never ended the answer. */
function isBrokenOff({ writableFinished, writableEnded = true }: Response): boolean {
  return writableFinished && !writableEnded
}

/** Has the name of the error of an aborted `fetch`, by which handlers and libraries recognize it. */
function clientWentAway(): DOMException {
  return new DOMException('the client went away', 'AbortError')
}
