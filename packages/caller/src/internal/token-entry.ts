import { createTrouble, type Trouble } from '@countersign/shared/log'
import type { IdTokenError } from '../errors.ts'
import type { AudienceHealth } from '../health.ts'
import type { Flight } from './flight.ts'
import type { MintedToken } from './minted-token.ts'

/** What a token cache knows of one audience. */
export interface TokenEntry {
  readonly audience: string
  token: MintedToken | undefined
  flight: Flight<MintedToken> | undefined
  /** From when on the token is refreshed. */
  refreshAtMs: number
  /** When another token than a refused one was asked for last. */
  renewedAtMs: number
  /** How the last attempt failed; undefined where it didn't. */
  failure: FailedAttempt | undefined
  /** That attempts fail, for the log. */
  readonly trouble: Trouble
}

/** An attempt that gave no token. */
export interface FailedAttempt {
  readonly error: IdTokenError
  readonly atMs: number
}

/** What it knows before the first token. */
export function emptyEntry(audience: string, now: () => number): TokenEntry {
  return {
    audience,
    token: undefined,
    flight: undefined,
    refreshAtMs: 0,
    renewedAtMs: Number.NEGATIVE_INFINITY,
    failure: undefined,
    trouble: createTrouble(now),
  }
}

/** The same for a health page. */
export function healthOf(entry: TokenEntry, now: number): AudienceHealth {
  const { audience, token, flight, failure } = entry
  return {
    audience,
    tokenAgeMs: token && now - token.issuedAtMs,
    tokenExpiresInMs: token && token.expiresAtMs - now,
    refreshing: flight !== undefined,
    lastError: failure && toTokenFailure(failure),
  }
}

function toTokenFailure({ error, atMs }: FailedAttempt): AudienceHealth['lastError'] {
  const { code, message, hint } = error
  return { code, message, hint, at: new Date(atMs) }
}
