import type { IncomingHttpHeaders } from 'node:http'
import type { HeaderPair } from './headers.ts'

/** The headers of W3C Trace Context, and Google's own one. */
const names = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

/**
 * Returns the trace that a request belongs to, as headers. Leaves out a `traceparent` that is invalid or
 * came twice (Node joins the two with a comma), and its `tracestate`, as the specification requires: the
 * next service would find no parent in it.
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

/** Returns the trace's id; undefined if the header is not valid. */
export function traceIdOf(traceparent: string): string | undefined {
  const [, version, traceId, more] = fields.exec(traceparent) ?? []
  return version === '00' && more !== undefined ? undefined : traceId
}

/**
 * Version, trace id, parent id and flags. Neither id can be all zeros. Versions after 00 can have more
 * fields; a comma joins two headers.
 */
const fields =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[^,]*)?$/

/**
 * Returns a call's own headers without a `traceparent` that is invalid or there twice, and without a
 * `tracestate` that belongs to none: a handler may have copied them from the incoming request.
 */
export function withoutBrokenTrace(headers: readonly HeaderPair[]): readonly HeaderPair[] {
  const own = headers.filter(([name]) => /^trace(?:parent|state)$/i.test(name))
  if (own.length === 0) return headers
  const [parent, ...more] = own.filter(([name]) => /^traceparent$/i.test(name))
  // `fetch` removes the white space, too.
  const isValid = more.length === 0 && traceIdOf(parent?.[1].trim() ?? '') !== undefined
  return isValid ? headers : headers.filter((pair) => !own.includes(pair))
}

/** Adds a call's headers to a trace. A trace that they have already stays. */
export function withTrace(
  headers: readonly HeaderPair[],
  trace: readonly HeaderPair[],
): readonly HeaderPair[] {
  if (trace.length === 0 || headers.some(([name]) => isOfTrace(name))) return headers
  return [...headers, ...trace]
}

/** Whether a header belongs to a trace. */
export function isOfTrace(given: string): boolean {
  const name = given.toLowerCase()
  return names.some((one) => one === name)
}
