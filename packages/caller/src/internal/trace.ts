import type { IncomingHttpHeaders } from 'node:http'
import type { ReadRequest } from './request.ts'
import type { HeaderPair } from './request-headers.ts'

/** W3C Trace Context, and Google's own header. */
const names = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

/** The trace that a request belongs to, as headers. */
export function traceOf(headers: IncomingHttpHeaders): HeaderPair[] {
  return names.flatMap((name) => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value] satisfies HeaderPair] : []
  })
}

/** Puts a call into a trace. One that the caller set itself stays. */
export function withTrace(call: ReadRequest, trace: readonly HeaderPair[]): ReadRequest {
  if (trace.length === 0 || call.headers.some(([name]) => isOfTrace(name))) return call
  return { ...call, headers: [...call.headers, ...trace] }
}

function isOfTrace(given: string): boolean {
  const name = given.toLowerCase()
  return names.some((one) => one === name)
}
