import type { FetchLike } from '@countersign/caller'
import { context, type TracerProvider } from '@opentelemetry/api'
import { startClientSpan } from './internal/client-span.ts'
import { harmless } from './internal/harmless.ts'
import { readTracedFetchOptions } from './internal/options.ts'
import { withTraceContext } from './internal/trace-context.ts'

/** What `tracedFetch` takes. Read once, at start-up. */
export interface TracedFetchOptions {
  /**
   * The fetch that is traced.
   *
   * @default globalThis.fetch
   */
  fetch?: FetchLike
  /**
   * Where the spans go.
   *
   * @default trace.getTracerProvider() of `@opentelemetry/api`
   */
  tracerProvider?: TracerProvider
}

/**
 * A `fetch` for `createServiceFetch` and `signCalls` that makes a client span of each request it sends, redirects
 * and repetitions too, and puts its trace context into the headers by the global propagator. A span
 * holds the URL without user, query and fragment; what looks like a token in its host or path is
 * `[redacted]`, since a service that redirects may name the token that it was sent. No header and no
 * error's message is in it. It ends when the answer's headers are there.
 *
 * Without an active span it continues the trace that `signCalls` carries over from the incoming
 * request. Leave it out if something else traces `fetch` already, such as
 * `@opentelemetry/instrumentation-undici`: there would be two spans of each request, though still one
 * `traceparent`.
 *
 * @param options what is traced, and where the spans go
 * @throws TypeError where an option is wrong
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 *
 * @example
 * ```ts
 * const serviceFetch = createServiceFetch({ targets, fetch: tracedFetch() })
 * ```
 */
export function tracedFetch(options: TracedFetchOptions = {}): FetchLike {
  const { tracer, fetch } = readTracedFetchOptions(options)

  return async function tracedFetch(url, init) {
    // Broken telemetry must not stop a call.
    const span = harmless(() => startClientSpan(tracer, url, init))
    if (span === undefined) return fetch(url, init)
    const traced = harmless(() => withTraceContext(init, span.context)) ?? init
    try {
      const response = await context.with(span.context, () => fetch(url, traced))
      harmless(() => span.answered(response))
      return response
    } catch (error) {
      harmless(() => span.failed(error))
      throw error
    }
  }
}
