import { createTrouble, type Trouble } from '@countersign/shared/log'
import { redactedCause } from '@countersign/shared/redact'
import { IdTokenError, isIdTokenError } from '../errors.ts'
import type { TokenLogEntry } from '../events.ts'
import type { AudienceHealth } from '../health.ts'
import type { IdentitySource } from '../options.ts'
import { type Flight, startFlight } from './flight.ts'
import { type IdToken, inspectToken } from './id-token.ts'

/** The tokens of one identity, one for each audience. */
export interface TokenCache {
  /**
   * Returns the token for an audience: at once if there is one, which is refreshed in the background when
   * it is old; else from one attempt that all callers wait for.
   *
   * @throws {@link IdTokenError} if no token can be fetched. For a second after a failed attempt this is
   *   the same error, without another attempt
   */
  get(audience: string): IdToken | Promise<IdToken>
  /**
   * Fetches another token than the refused one. Other calls use the refused one until then: the service
   * that refused it can be wrong. After an attempt, with or without success, there is no other one for
   * half a minute: the new token can be refused as well.
   *
   * @throws {@link IdTokenError} if no token can be fetched
   */
  renew(audience: string, refused: IdToken): Promise<IdToken>
  /** Returns the state of the token for an audience. */
  health(audience: string): AudienceHealth
}

/** So close to its expiry a token is sent only if no newer one can be fetched. */
const lastMomentMs = 30_000
/**
 * How long the error of a failed attempt is reused if there is no token at all: a service that makes a
 * thousand calls a second must not request a thousand tokens a second.
 */
const coldBackOffMs = 1_000

/** The options of a token cache. */
export interface TokenCacheOptions extends RefreshOptions {
  /** The audiences of the targets that count. */
  audiences: () => readonly string[]
}

/**
 * Creates a cache of the tokens of one identity. It holds one token for each audience. Audiences come only
 * from the targets, so the list of targets bounds the cache; if the list changes, tokens for removed
 * targets are deleted with the next new audience. Calls drive it, not timers.
 */
export function createTokenCache(options: TokenCacheOptions): TokenCache {
  const { now, audiences } = options
  const refresh = createRefresh(options)
  const entries = new Map<string, TokenEntry>()

  function get(audience: string): IdToken | Promise<IdToken> {
    const entry = entryOf(audience)
    const { token } = entry
    const at = now()
    if (!token || at >= token.expiresAtMs) return failedJustNow(entry, at) ?? refresh(entry)
    if (at < entry.refreshAtMs) return token
    const fresh = refresh(entry).catch(() => token)
    return at < token.expiresAtMs - lastMomentMs ? token : fresh
  }

  async function renew(audience: string, refused: IdToken): Promise<IdToken> {
    const entry = entryOf(audience)
    if (entry.token && entry.token.value !== refused.value) return entry.token
    if (isRecent(entry.renewedAtMs, backOffMs, now())) return refused
    try {
      return await refresh(entry)
    } finally {
      entry.renewedAtMs = now()
    }
  }

  function entryOf(audience: string): TokenEntry {
    const known = entries.get(audience)
    if (known) return known
    forgetAllBut(audiences())
    const entry = emptyEntry(audience, now)
    entries.set(audience, entry)
    return entry
  }

  function forgetAllBut(listed: readonly string[]): void {
    for (const known of entries.keys()) if (!listed.includes(known)) entries.delete(known)
  }

  return { get, renew, health: (audience) => healthOf(entryOf(audience), now()) }
}

/**
 * Returns the error of the last attempt if it was recent and no other attempt is under way. A time-out
 * doesn't count: it can't be repeated often, and perhaps this process was frozen.
 */
function failedJustNow({ failure, flight }: TokenEntry, at: number): Promise<never> | undefined {
  if (!failure || flight || failure.error.code === 'identity_timeout') return undefined
  return isRecent(failure.atMs, coldBackOffMs, at) ? Promise.reject(failure.error) : undefined
}

/** A time in the future isn't recent: it means that the clock was set back. */
function isRecent(thenMs: number, withinMs: number, at: number): boolean {
  return at >= thenMs && at < thenMs + withinMs
}

/** Fetches a new token for an entry, or waits for the attempt that is under way. */
type Refresh = (entry: TokenEntry) => Promise<IdToken>

/** The options of attempts. */
interface RefreshOptions {
  identity: IdentitySource
  now: () => number
  /** The time-out of one attempt; for tests. @default 10000 */
  timeoutMs?: number
  /** Writes log entries. */
  write?: (entry: TokenLogEntry) => void
}

/** The pause after a failed attempt, or after one whose token was refused as well. */
const backOffMs = 30_000

/**
 * The metadata server returns the same token until 5 to 4 minutes before it expires (Google's Python
 * library refreshes from 3m45s), so that an earlier request returns that token again.
 */
const refreshBeforeMs = 225_000
/** Spreads the requests of instances that were started together. */
const jitterMs = 15_000

/** Fetches a token once for all concurrent callers and stores the result in the cache entry. */
function createRefresh(options: RefreshOptions): Refresh {
  const { identity, now, timeoutMs = 10_000, write = () => {} } = options

  return function refresh(entry) {
    const { flight } = entry
    if (flight && now() < flight.deadlineMs) return flight.promise
    flight?.giveUp()
    const started = startFlight((signal) => mint(entry, signal), { timeoutMs, now })
    const promise = started.promise
      .then((token) => land(entry, token))
      .catch((error: unknown) => fail(entry, error, started.deadlineMs))
      .finally(() => {
        if (entry.flight === current) entry.flight = undefined
      })
    const current = { ...started, promise }
    entry.flight = current
    return promise
  }

  async function mint(entry: TokenEntry, signal: AbortSignal): Promise<IdToken> {
    const { audience, token: held } = entry
    const value = await identity.idToken(audience, { signal })
    return inspectToken(value, { audience, now: now(), held })
  }

  function land(entry: TokenEntry, token: IdToken): IdToken {
    entry.token = token
    entry.failure = undefined
    entry.refreshAtMs = Math.max(token.expiresAtMs - refreshBeforeMs, now() + backOffMs) + jitter()
    if (entry.trouble.ends()) write(refreshedEntry(entry.audience, token))
    return token
  }

  function fail(entry: TokenEntry, cause: unknown, deadlineMs: number): never {
    const error = isIdTokenError(cause) ? cause : unavailable(entry.audience, cause)
    entry.failure = { error, atMs: now() }
    entry.refreshAtMs = now() + backOffMs + jitter()
    logFailure(entry, error, deadlineMs)
    throw error
  }

  /**
   * Logs a failure while the old token is still sent: without one, calls throw. A failure long after the
   * deadline isn't logged, since it means that the CPU was frozen.
   */
  function logFailure(entry: TokenEntry, error: IdTokenError, deadlineMs: number): void {
    const { audience, token, trouble } = entry
    const at = now()
    if (token === undefined || at >= token.expiresAtMs || at > deadlineMs + 1000) return
    if (trouble.persists()) write(failedEntry(audience, token, error))
  }
}

function jitter(): number {
  return Math.random() * jitterMs
}

function failedEntry(
  audience: string,
  { expiresAtMs }: IdToken,
  { code, message, hint }: IdTokenError,
): TokenLogEntry {
  const expiresAt = new Date(expiresAtMs).toISOString()
  return {
    severity: 'WARNING',
    message: `countersign can't renew the ID token for ${audience}, and calls will fail from ${expiresAt} on: ${code}. ${message}. ${hint}`,
    code: 'token_refresh_failed',
    audience,
    expiresAt,
    reason: code,
  }
}

function refreshedEntry(audience: string, { expiresAtMs }: IdToken): TokenLogEntry {
  return {
    severity: 'NOTICE',
    message: `countersign has a new ID token for ${audience} again`,
    code: 'token_refreshed',
    audience,
    expiresAt: new Date(expiresAtMs).toISOString(),
  }
}

/** Returns the error for identity sources that throw errors of their own. */
function unavailable(audience: string, cause: unknown): IdTokenError {
  return new IdTokenError(
    'identity_unavailable',
    `The identity source returned no token for ${audience}`,
    {
      hint: 'See the cause: the identity source threw it.',
      cause: redactedCause(cause),
    },
  )
}

/** The token of one audience, and the state of its refresh. */
interface TokenEntry {
  audience: string
  token: IdToken | undefined
  flight: Flight<IdToken> | undefined
  /** The time from which the token is refreshed. */
  refreshAtMs: number
  /** The time of the last attempt to replace a refused token. */
  renewedAtMs: number
  /** The last attempt, if it failed. */
  failure: FailedAttempt | undefined
  /** Whether attempts keep failing, for the log. */
  trouble: Trouble
}

/** A failed attempt. */
interface FailedAttempt {
  error: IdTokenError
  atMs: number
}

/** Returns an entry without a token. */
function emptyEntry(audience: string, now: () => number): TokenEntry {
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

/** Returns the state of an entry for a health page. */
function healthOf(entry: TokenEntry, now: number): AudienceHealth {
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
