import type { IdTokenErrorCode, TargetNotAllowedCode } from '@countersign/caller'
import type { DenialCode } from '@countersign/receiver'
import type { Attributes, AttributeValue } from '@opentelemetry/api'

/**
 * The names of all attributes. The names without `countersign` are from the semantic conventions, copied
 * here: the package with those names would be one more dependency for a dozen strings.
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

/** The semantic conventions' value for an unknown value. */
export const other = '_OTHER'

/**
 * Returns the attributes that have a value: OpenTelemetry does not define the effect of undefined. A loop,
 * since it runs at each decision.
 */
export function present(attributes: Record<string, AttributeValue | undefined>): Attributes {
  const known: Attributes = {}
  for (const name in attributes) {
    if (attributes[name] !== undefined) known[name] = attributes[name]
  }
  return known
}

/** All codes that a call can end with. A new code doesn't compile until it is here. */
const codes = {
  token_missing: true,
  token_ambiguous: true,
  token_malformed: true,
  algorithm_not_allowed: true,
  key_unknown: true,
  signature_removed: true,
  signature_invalid: true,
  issuer_mismatch: true,
  audience_mismatch: true,
  token_expired: true,
  token_not_yet_valid: true,
  lifetime_too_long: true,
  claim_invalid: true,
  email_missing: true,
  email_unverified: true,
  not_a_service_account: true,
  caller_not_allowed: true,
  subject_mismatch: true,
  operation_not_allowed: true,
  keys_unavailable: true,
  audience_unavailable: true,
  target_not_allowed: true,
  insecure_target: true,
  target_beyond_emulator: true,
  redirect_refused: true,
  header_conflict: true,
  no_credentials: true,
  user_credentials: true,
  identity_unavailable: true,
  identity_timeout: true,
  token_rejected: true,
} satisfies Record<DenialCode | TargetNotAllowedCode | IdTokenErrorCode, true>

/**
 * Returns a code from an answer's `Countersign-Code` if it is one of ours. The server chooses that header:
 * it could name a million codes, or be the token that was just sent.
 */
export function boundedCode(code: string | undefined): string | undefined {
  if (code === undefined || Object.hasOwn(codes, code)) return code
  return other
}

/** The methods that the semantic conventions know (RFC 9110 section 9 and RFC 5789). */
const methods: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
])

/** Returns a method as the value of an attribute, which must have few different values. */
export function boundedMethod(method: string): string {
  return methods.has(method) ? method : other
}
