import type { Attributes, AttributeValue } from '@opentelemetry/api'

/**
 * The names of all attributes. Those that are not ours are the semantic conventions', written out
 * here: that package of names would be one more dependency for a dozen strings.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/
 */
export const attribute = {
  outcome: 'countersign.outcome',
  code: 'countersign.code',
  cached: 'countersign.cached',
  caller: 'countersign.caller',
  keyEvent: 'countersign.key_event',
  target: 'countersign.target',
  refusedBy: 'countersign.refused_by',
  method: 'http.request.method',
  originalMethod: 'http.request.method_original',
  resendCount: 'http.request.resend_count',
  status: 'http.response.status_code',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  url: 'url.full',
  errorType: 'error.type',
} as const

/** The semantic conventions' word for a value that is not one of the known ones. */
export const other = '_OTHER'

/**
 * The attributes that have a value: OpenTelemetry says nothing about what undefined does. A loop,
 * since it runs at each decision.
 */
export function present(attributes: Record<string, AttributeValue | undefined>): Attributes {
  const known: Attributes = {}
  for (const name in attributes) {
    if (attributes[name] !== undefined) known[name] = attributes[name]
  }
  return known
}
