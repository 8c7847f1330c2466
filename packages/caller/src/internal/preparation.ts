import type { AnsweredRequest, RequestFetchOptions } from '../request-fetch.ts'
import { disconnectSignals } from './disconnect.ts'
import { type ReadRequest, withSignal } from './request.ts'
import type { HeaderPair } from './request-headers.ts'
import { traceOf, withTrace } from './trace.ts'

/** What becomes of the calls that are made while one request is answered. */
export interface Preparation {
  /** Of a call that was read, before it is held against the list. */
  prepare(request: ReadRequest): ReadRequest
  /** What goes beside the token into the headers for another client's call. */
  readonly headers: readonly HeaderPair[]
}

/** They carry the request's trace on, and are given up when whoever made it goes away. */
export function preparationFor(
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
