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
   * The token for an audience: at once where there is one, refreshed in the background when it is
   * old; else from the one attempt that all wait for.
   *
   * @throws {@link IdTokenError} where there is none to be had; for a second after an attempt that
   *   failed, the same error, without another attempt
   */
  get(audience: string): IdToken | Promise<IdToken>
  /**
   * Another token than the one that was refused, where there is one. The refused one stays for the
   * others until then: whoever refused it may be wrong. Whatever comes of it, nobody is asked again
   * on this account for half a minute: the other token may be refused as well.
   *
   * @throws {@link IdTokenError} where there is none to be had
   */
  renew(audience: string, refused: IdToken): Promise<IdToken>
  /** How the token for an audience is. */
  health(audience: string): AudienceHealth
}

/** So close to its end a token is only sent where no newer one can be had. */
const lastMomentMs = 30_000
/**
 * For how long a failed attempt stands where there is no token at all: a service that is called a
 * thousand times a second must not ask a thousand times a second.
 */
const coldBackOffMs = 1_000

/** What a token cache needs. */
export interface TokenCacheOptions extends RefreshOptions {
  /** The audiences of the targets that count. */
  audiences: () => readonly string[]
}

/**
 * Caches the tokens of one identity. It holds one token an audience, and audiences come from the
 * targets alone, so it is bounded by the list of targets: where that changes, tokens for what is gone
 * make room for the next. No promise of it stands on a timer: all that happens is driven by calls.
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
 * The failure of the attempt before, unless another is under way. What took too long counts for
 * nothing: it can't be repeated often, and maybe it was this process that stood still.
 */
function failedJustNow({ failure, flight }: TokenEntry, at: number): Promise<never> | undefined {
  if (!failure || flight || failure.error.code === 'identity_timeout') return undefined
  return isRecent(failure.atMs, coldBackOffMs, at) ? Promise.reject(failure.error) : undefined
}

/** What lies ahead isn't recent: the clock was set back since. */
function isRecent(thenMs: number, withinMs: number, at: number): boolean {
  return at >= thenMs && at < thenMs + withinMs
}

/** Gets a new token for an entry: by an attempt of its own, or by the one that is under way. */
type Refresh = (entry: TokenEntry) => Promise<IdToken>

/** What attempts need. */
interface RefreshOptions {
  identity: IdentitySource
  now: () => number
  /** What one attempt may take. @default 10000 */
  timeoutMs?: number
  /** Takes the entries of the log. */
  write?: (entry: TokenLogEntry) => void
}

/** After a failed attempt, or one that gave a token which pleases as little. */
const backOffMs = 30_000

/**
 * The metadata server hands out the same token until 5 to 4 minutes before it expires (Google's
 * Python library refreshes from 3m45s): asking earlier only gets that one again.
 */
const refreshBeforeMs = 225_000
/** So that a fleet started together doesn't ask together. */
const jitterMs = 15_000

/** Makes what asks the identity source, once for all who wait, and notes in the entry what came of it. */
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

  /** Where no token is left, calls throw. An attempt that slept through its time with the CPU says nothing. */
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
    message: `countersign can't renew the ID token for ${audience}, and calls fail from ${expiresAt} on: ${code}. ${message}. ${hint}`,
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

/** For identity sources that throw errors of their own. */
function unavailable(audience: string, cause: unknown): IdTokenError {
  return new IdTokenError(
    'identity_unavailable',
    `The identity source gave no token for ${audience}`,
    {
      hint: 'See the cause: it is what the identity source threw.',
      cause: redactedCause(cause),
    },
  )
}

/** What a token cache knows of one audience. */
interface TokenEntry {
  audience: string
  token: IdToken | undefined
  flight: Flight<IdToken> | undefined
  /** From when on the token is refreshed. */
  refreshAtMs: number
  /** When another token than a refused one was asked for last. */
  renewedAtMs: number
  /** How the last attempt failed; undefined where it didn't. */
  failure: FailedAttempt | undefined
  /** That attempts fail, for the log. */
  trouble: Trouble
}

/** An attempt that gave no token. */
interface FailedAttempt {
  error: IdTokenError
  atMs: number
}

/** What it knows before the first token. */
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

/** The same for a health page. */
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
