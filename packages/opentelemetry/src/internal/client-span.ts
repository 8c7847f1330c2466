import { isError } from '@countersign/shared/errors'
import { redact, redactedUrl } from '@countersign/shared/redact'
import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { attribute, other, present } from './attributes.ts'
import { boundedCode } from './codes.ts'
import { boundedMethod } from './methods.ts'
import { parentOf } from './trace-context.ts'

/** Of a method that is not a known one. */
const maxLength = 50

/** The span of a request that is being sent. */
export interface ClientSpan {
  /** The context in which it is the active one. */
  readonly context: Context
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
export function startClientSpan(tracer: Tracer, url: string, init: RequestInit): ClientSpan {
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
