import type { IdTokenErrorCode } from './errors.ts'

/** The state of a `serviceFetch`, for a health page. Contains no token. */
export interface CallerHealth {
  /** The version of `@countersign/caller`. */
  version: string
  /** The services that may be called. */
  rules: CallerRulesInForce
  /** Whether calls that no target allows are refused, or only reported. */
  mode: 'enforce' | 'report-only'
  /**
   * The emulator's origin, if it is used instead of Google; undefined in production, so you can alert on it.
   */
  emulator: string | undefined
  /** One entry for each audience of the targets, in their order. */
  audiences: readonly AudienceHealth[]
}

/** The rules that count, for `health()` and the log. */
export interface CallerRulesInForce {
  /** SHA-256 in hex of the policy's file; without a policy, of the targets. */
  digest: string
  /** The source of the digest. */
  digestOf: 'policy' | 'targets'
  /** The policy's environment, if it has one. */
  environment?: string
  /** Whether calls that no target allows are refused, or only reported. */
  mode: 'enforce' | 'report-only'
  /**
   * The targets and their operations, sorted, 50 at most:
   * `user-profiles at https://user-profiles-123.us-central1.run.app: GET on /profiles/:id`.
   */
  targets: readonly string[]
  /** How many targets there are. */
  targetCount: number
  /** When they came into force. */
  since: Date
}

/** The token for one audience. */
export interface AudienceHealth {
  /** The `aud` of the token. */
  audience: string
  /** Milliseconds since the token was issued; undefined before the first one. */
  tokenAgeMs: number | undefined
  /** Milliseconds until it expires, negative once it has; undefined before the first one. */
  tokenExpiresInMs: number | undefined
  /** Whether a new one is being fetched. */
  refreshing: boolean
  /** Why the last attempt failed; undefined if it succeeded. There can still be a valid token. */
  lastError: TokenFailure | undefined
}

/** A failed attempt to get a token. */
export interface TokenFailure {
  /** Why there was no token. */
  code: IdTokenErrorCode
  /** What happened. Contains no token, key or assertion. */
  message: string
  /** What to do about it, in one sentence. */
  hint: string
  /** When the attempt failed. */
  at: Date
}
