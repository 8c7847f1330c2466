import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

interface Span {
  /** 32 hexadecimal digits. */
  traceId: string
  /** 16 hexadecimal digits. */
  spanId: string
}

/**
 * The trace headers that a call does not have: W3C's `traceparent` and Google's
 * `X-Cloud-Trace-Context`, both for the trace of the call, or for a new one. Existing headers are
 * forwarded unchanged.
 *
 * @returns names and values, alternating
 */
export function missingTraceHeaders(headers: IncomingHttpHeaders): string[] {
  const { traceparent, 'x-cloud-trace-context': cloudTrace } = headers
  const { traceId, spanId } = spanOf(traceparent, cloudTrace)
  const missing: string[] = []
  if (traceparent === undefined) missing.push('traceparent', `00-${traceId}-${spanId}-01`)
  if (cloudTrace === undefined) {
    missing.push('x-cloud-trace-context', `${traceId}/${BigInt(`0x${spanId}`)};o=1`)
  }
  return missing
}

/** The trace id in the headers of a call, if any. */
export function traceIdOf(headers: NodeJS.Dict<string | string[]>): string | undefined {
  return givenSpan(headers.traceparent, headers['x-cloud-trace-context'])?.traceId
}

/**
 * The trace id in raw headers, if any.
 *
 * @param rawHeaders names and values, alternating
 */
export function traceIdIn(rawHeaders: readonly string[]): string | undefined {
  function headerNamed(name: string): string | undefined {
    return rawHeaders.find((_, index) => rawHeaders[index - 1]?.toLowerCase() === name)
  }
  return traceIdOf({
    traceparent: headerNamed('traceparent'),
    'x-cloud-trace-context': headerNamed('x-cloud-trace-context'),
  })
}

function spanOf(traceparent: unknown, cloudTrace: unknown): Span {
  const given = givenSpan(traceparent, cloudTrace)
  if (given) return given
  return { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') }
}

function givenSpan(traceparent: unknown, cloudTrace: unknown): Span | undefined {
  const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-/.exec(String(traceparent)) ?? []
  if (traceId && spanId) return { traceId, spanId }
  const [, cloudId, decimal] = /^([0-9a-f]{32})\/(\d{1,20})/i.exec(String(cloudTrace)) ?? []
  if (cloudId && decimal) return { traceId: cloudId.toLowerCase(), spanId: hexOf(decimal) }
  return undefined
}

/** Google writes the span's 64 bits as a decimal number. */
function hexOf(decimal: string): string {
  return BigInt.asUintN(64, BigInt(decimal)).toString(16).padStart(16, '0')
}
