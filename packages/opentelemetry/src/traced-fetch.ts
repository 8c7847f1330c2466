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
 * Returns a `fetch` for `createServiceFetch` and `signCalls` that creates a client span for each request it
 * sends, redirects and repetitions included, and writes the trace context into the headers with the global
 * propagator. A span contains the URL without user, query and fragment. A likely token in its host or path
 * is `[redacted]`, since a redirect can contain the token that was sent. A span contains no header and no
 * error message. It ends when the answer's headers are there.
 *
 * Without an active span it continues the trace that `signCalls` takes from the incoming request. Leave it
 * out if `fetch` is traced already, for example by `@opentelemetry/instrumentation-undici`: there would be
 * two spans of each request, though still one `traceparent`.
 *
 * @param options the fetch that is traced, and the destination of the spans
 * @throws {TypeError} if an option is wrong
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

/** Of a method that is not a standard one. */
const maxLength = 50

/** The span of a request that is being sent. */
interface ClientSpan {
  /** The context in which the span is active. */
  context: Context
  /** Ends it with an answer. */
  answered(response: Response): void
  /** Ends it with an error, if there was no answer. */
  failed(error: unknown): void
}

/**
 * Starts a span by the semantic conventions for an HTTP client.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 * @throws {TypeError} if the URL can't be parsed
 */
function startClientSpan(tracer: Tracer, url: string, init: RequestInit): ClientSpan {
  const { method = 'GET' } = init
  const known = boundedMethod(method)
  const parent = parentOf(init)
  const options = {
    kind: SpanKind.CLIENT,
    // At the start of the span, so that samplers see them.
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

/** A service chooses the URL of a redirect: it can contain the token that was just sent. */
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

/** Without a message: an error's text can contain parts of the URL or the body. */
function end(span: Span, type: string | undefined): void {
  if (type !== undefined) {
    span.setAttribute(attribute.errorType, type)
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
}

/** `ECONNREFUSED` rather than `TypeError`: undici has the reason only in the cause. */
function errorType(error: unknown): string {
  if (!isError(error)) return other
  const { cause } = error
  const code = isError(cause) && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? typeName(code) : typeName(error.name)
}

/** A `fetch` of the user's own can throw anything. */
function typeName(text: string): string {
  return /^[A-Z]\w{0,49}$/.test(text) ? text : other
}

/** The headers of a trace: W3C Trace Context, and Google's own one. */
const traceHeaders = ['traceparent', 'tracestate', 'x-cloud-trace-context'] as const

/**
 * Returns the parent context of a request's span: the active one, or, if it has no span, that of the
 * request's own headers, which `signCalls` copied from the incoming request.
 */
function parentOf({ headers }: RequestInit): Context {
  const active = context.active()
  if (trace.getSpan(active) !== undefined) return active
  return propagation.extract(active, Object.fromEntries(new Headers(headers)))
}

/**
 * Returns the request with the trace context in its headers, as the global propagator writes it. This
 * replaces a trace that `signCalls` copied from the incoming request, whose span is the grandparent.
 * Without a registered propagator the copied trace stays, and so does its `traceparent` with a propagator
 * that writes none.
 */
function withTraceContext(init: RequestInit, active: Context): RequestInit {
  const injected: Record<string, string> = {}
  propagation.inject(active, injected)
  const headers = new Headers(init.headers)
  if ('traceparent' in injected) for (const name of traceHeaders) headers.delete(name)
  for (const [name, value] of Object.entries(injected)) headers.set(name, value)
  // As pairs: the undici package doesn't accept the global `Headers` class.
  return { ...init, headers: [...headers] }
}
