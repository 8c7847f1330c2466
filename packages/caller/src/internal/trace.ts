import type { IncomingHttpHeaders } from 'node:http'
import type { ReadRequest } from './request.ts'
import type { HeaderPair } from './request-headers.ts'

/** W3C Trace Context, and Google's own header. */
const names = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

/**
 * The trace that a request belongs to, as headers. A `traceparent` that came twice, which Node joins
 * with a comma, or that is not valid is left out with its `tracestate`, as the specification wants it:
 * the next service would find no parent in it.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header-field-values
 */
export function traceOf(headers: IncomingHttpHeaders): HeaderPair[] {
  const { traceparent, tracestate, 'x-cloud-trace-context': cloudTrace } = headers
  const pairs: HeaderPair[] = []
  if (typeof traceparent === 'string' && traceIdOf(traceparent) !== undefined) {
    pairs.push(['traceparent', traceparent])
    if (typeof tracestate === 'string') pairs.push(['tracestate', tracestate])
  }
  if (typeof cloudTrace === 'string' && !cloudTrace.includes(',')) {
    pairs.push(['x-cloud-trace-context', cloudTrace])
  }
  return pairs
}

/** The trace's id; undefined if the header is not valid. */
export function traceIdOf(traceparent: string): string | undefined {
  const [, version, traceId, more] = fields.exec(traceparent) ?? []
  return version === '00' && more !== undefined ? undefined : traceId
}

/** Version, trace id and parent id, none of which may be all zeros, and flags; later versions may add fields. */
const fields =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/

/** Puts a call into a trace. One that the caller set itself stays. */
export function withTrace(call: ReadRequest, trace: readonly HeaderPair[]): ReadRequest {
  if (trace.length === 0 || call.headers.some(([name]) => isOfTrace(name))) return call
  return { ...call, headers: [...call.headers, ...trace] }
}

/** Whether a header says which trace a request belongs to. */
export function isOfTrace(given: string): boolean {
  const name = given.toLowerCase()
  return names.some((one) => one === name)
}
