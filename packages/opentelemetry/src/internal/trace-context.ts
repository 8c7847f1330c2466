import { type Context, context, propagation, trace } from '@opentelemetry/api'

/** The headers that say which trace a request belongs to: W3C Trace Context, and Google's own. */
const traceHeaders = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

/**
 * The context that a request's span belongs to: the active one, or, if there is no span in it, that of
 * the request's own headers, which `signCalls` has from the incoming request.
 */
export function parentOf({ headers }: RequestInit): Context {
  const active = context.active()
  if (trace.getSpan(active) !== undefined) return active
  return propagation.extract(active, Object.fromEntries(new Headers(headers)))
}

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
