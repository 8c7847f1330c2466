import type { FetchLike } from '@countersign/caller'
import { isError } from '@countersign/shared/errors'
import { redact, redactedUrl } from '@countersign/shared/redact'
import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { attribute, boundedCode, boundedMethod, other, present } from './attributes.ts'
import { harmless } from './observed.ts'
import type { TracedFetchOptions } from './options.ts'
import { readTracedFetchOptions } from './settings.ts'

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

/** Of a method that is not a known one. */
const maxLength = 50

/** The span of a request that is being sent. */
interface ClientSpan {
  /** The context in which it is the active one. */
  context: Context
  /** Ends it with an answer. */
  answered(response: Response): void
  /** Ends it where there was none. */
  failed(error: unknown): void
}

/**
 * Starts a span as the semantic conventions want it for an HTTP client.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 * @throws TypeError where the URL can't be parsed
 */
function startClientSpan(tracer: Tracer, url: string, init: RequestInit): ClientSpan {
  const { method = 'GET' } = init
  const known = boundedMethod(method)
  const parent = parentOf(init)
  const options = {
    kind: SpanKind.CLIENT,
    // Given now and not later, so that samplers see them.
    attributes: { ...methodAttributes(method, known), ...urlAttributes(new URL(url)) },
  }
  const span = tracer.startSpan(known === other ? 'HTTP' : known, options, parent)
  return {
    context: trace.setSpan(parent, span),
    answered: (response) => answered(span, response),
    failed: (error) => end(span, errorType(error)),
  }
}

function methodAttributes(method: string, known: string): Attributes {
  const original = known === other ? redact(method, maxLength) : undefined
  return { [attribute.method]: known, ...present({ [attribute.originalMethod]: original }) }
}

/** A service that redirects chooses the URL: it may hold the token that was just sent there. */
function urlAttributes(url: URL): Attributes {
  const { protocol, hostname, port } = url
  return {
    [attribute.serverAddress]: redact(hostname.replace(/^\[|\]$/g, '')),
    [attribute.serverPort]: Number(port) || (protocol === 'https:' ? 443 : 80),
    [attribute.url]: redactedUrl(url),
  }
}

function answered(span: Span, { status, headers }: Response): void {
  const code = boundedCode(headers.get('countersign-code') ?? undefined)
  span.setAttributes({ [attribute.status]: status, ...present({ [attribute.code]: code }) })
  end(span, status >= 400 ? String(status) : undefined)
}

/** No message with it: an error's text can hold what the URL or the body holds. */
function end(span: Span, type: string | undefined): void {
  if (type !== undefined) {
    span.setAttribute(attribute.errorType, type)
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
}

/** `ECONNREFUSED` rather than `TypeError`: undici says only in the cause what happened. */
function errorType(error: unknown): string {
  if (!isError(error)) return other
  const { cause } = error
  const code = isError(cause) && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? typeName(code) : typeName(error.name)
}

/** A `fetch` of the user's own throws what it likes. */
function typeName(text: string): string {
  return /^[A-Z]\w{0,49}$/.test(text) ? text : other
}

/** The headers that say which trace a request belongs to: W3C Trace Context, and Google's own. */
const traceHeaders = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

/**
 * The context that a request's span belongs to: the active one, or, if there is no span in it, that of
 * the request's own headers, which `signCalls` has from the incoming request.
 */
function parentOf({ headers }: RequestInit): Context {
  const active = context.active()
  if (trace.getSpan(active) !== undefined) return active
  return propagation.extract(active, Object.fromEntries(new Headers(headers)))
}

/**
 * The request with the trace context in its headers, as the global propagator writes it. A trace
 * that `signCalls` carried over from the incoming request gives way: its span is the grandparent.
 * Where no propagator is registered, it stays.
 */
function withTraceContext(init: RequestInit, active: Context): RequestInit {
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
