/** The decision about one call. */
export type Decision =
  /** `caller` is undefined if the route, or a missing or other token, was let pass without one. */
  | { allowed: true; caller: Caller | undefined }
  /** `enforced` is false in report-only mode; `caller` is set only if the signature is valid. */
  | { allowed: false; enforced: boolean; denial: Denial; caller?: Caller }

/** Who called: read from a token only after its signature and claims were found valid. */
export interface Caller {
  /** The service account's email. */
  email: string
  /** Its unique id (`sub`), which no other account ever gets. */
  subject: string
  /** The token's `aud`. */
  audience: string
  /** The token's `iat`. */
  issuedAt: Date
  /** The token's `exp`. */
  expiresAt: Date
  /** All of the token's claims, deeply frozen. */
  claims: Readonly<Record<string, unknown>>
  /** The push delivery, as its headers describe it. Information, not an identity. */
  push?: Push
}

/** A push delivery, as its headers describe it. Nothing proves that they are right. */
export interface Push {
  /** The product that the allow-list expects behind this account. */
  kind: PushKind
  /** The Pub/Sub subscription, Cloud Tasks queue or Scheduler job. */
  source?: string
  /** The message or task. */
  id?: string
  /** How many times it was tried before. */
  retryCount?: number
}

/** The Google products whose pushes are known. */
export type PushKind = 'pubsub' | 'cloud-tasks' | 'cloud-scheduler' | 'eventarc'

/** Why a call is refused, and the answer to it. */
export interface Denial {
  /** The HTTP status. */
  status: 400 | 401 | 403 | 503
  /** The stable, machine-readable reason. */
  code: DenialCode
  /** `www-authenticate` (RFC 6750 section 3), `countersign-code` and, at 503, `retry-after`. */
  headers: Record<string, string>
  /** Describes what happened and what to do, without any value from the token or the configuration. */
  detail: string
}

/** Every reason for which a call is refused: see the table in `docs/reference/errors.md`. */
export type DenialCode =
  | 'token_missing'
  | 'token_ambiguous'
  | 'token_malformed'
  | 'algorithm_not_allowed'
  | 'key_unknown'
  | 'signature_removed'
  | 'signature_invalid'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'lifetime_too_long'
  | 'claim_invalid'
  | 'email_missing'
  | 'email_unverified'
  | 'not_a_service_account'
  | 'caller_not_allowed'
  | 'subject_mismatch'
  | 'operation_not_allowed'
  | 'keys_unavailable'
  | 'audience_unavailable'

/** Why a stage refused a call. `got` and `expected` are for events and logs, never for the answer. */
export interface Failure {
  code: DenialCode
  got?: unknown
  expected?: string
  /** The `sub` of a token that is genuine, but not a service account's: one person must not hide another in the log. */
  account?: string
}
