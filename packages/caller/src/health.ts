import type { IdTokenErrorCode } from './errors.ts'

/** How a `serviceFetch` is doing, for a health page. Holds no token. */
export interface CallerHealth {
  /** The version of `@countersign/caller`. */
  version: string
  /** Which services may be called. */
  rules: CallerRulesInForce
  /** Whether calls that are on no list are refused, or only reported. */
  mode: 'enforce' | 'report-only'
  /**
   * The emulator's origin, if it stands in for Google; undefined in production. An alert on it costs
   * nothing.
   */
  emulator: string | undefined
  /** One entry for each audience of the targets, in their order. */
  audiences: readonly AudienceHealth[]
}

/** The rules that count, as `health()` shows them and the log tells them. */
export interface CallerRulesInForce {
  /** SHA-256 in hex: of the policy's file, or without a policy of the targets. */
  digest: string
  /** What it is the digest of. */
  digestOf: 'policy' | 'targets'
  /** The policy's environment, if it has one. */
  environment?: string
  /** Whether calls that are on no list are refused, or only reported. */
  mode: 'enforce' | 'report-only'
  /**
   * The targets and what may be done there, sorted, 50 at most:
   * `user-profiles at https://user-profiles-123.us-central1.run.app: GET on /profiles/:id`.
   */
  targets: readonly string[]
  /** How many targets there are. */
  targetCount: number
  /** Since when they count. */
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
  /** Why the last attempt failed; undefined where it didn't. A token may still be valid. */
  lastError: TokenFailure | undefined
}

/** A failed attempt to get a token. */
export interface TokenFailure {
  /** Why there was none. */
  code: IdTokenErrorCode
  /** What happened. Holds no token, key or assertion. */
  message: string
  /** What to do about it, in one sentence. */
  hint: string
  /** When the attempt failed. */
  at: Date
}
