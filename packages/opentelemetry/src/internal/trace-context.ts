import { type Context, propagation } from '@opentelemetry/api'

/** The headers that say which trace a request belongs to: W3C Trace Context, and Google's own. */
const traceHeaders = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

/**
 * The request with the trace context in its headers, as the global propagator writes it. A trace
 * that `signCalls` carried over from the incoming request gives way: its span is the grandparent.
 * Where no propagator is registered, it stays.
 */
export function withTraceContext(init: RequestInit, active: Context): RequestInit {
  const injected: Record<string, string> = {}
  propagation.inject(active, injected)
  const headers = new Headers(init.headers)
  if (traceHeaders.some((name) => name in injected)) {
    for (const name of traceHeaders) headers.delete(name)
  }
  for (const [name, value] of Object.entries(injected)) headers.set(name, value)
  // As pairs: the undici of npm doesn't know the global class.
  return { ...init, headers: [...headers] }
}
