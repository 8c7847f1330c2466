import type { IdTokenErrorCode, TargetNotAllowedCode } from '@countersign/caller'
import type { DenialCode } from '@countersign/receiver'
import { other } from './attributes.ts'

/** Every code that a call can end with. A new one doesn't compile until it is here. */
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
  redirect_refused: true,
  header_conflict: true,
  no_credentials: true,
  user_credentials: true,
  identity_unavailable: true,
  identity_timeout: true,
  token_rejected: true,
} satisfies Record<DenialCode | TargetNotAllowedCode | IdTokenErrorCode, true>

/**
 * A code that came in an answer's `Countersign-Code`, if it is one of ours. Whoever answers chooses
 * that header: it could name a million codes, or be the token that was just sent there.
 */
export function boundedCode(code: string | undefined): string | undefined {
  if (code === undefined || Object.hasOwn(codes, code)) return code
  return other
}
