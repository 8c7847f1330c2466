import { IdTokenError, isIdTokenError } from '../errors.ts'
import type { AudienceHealth } from '../health.ts'
import type { IdentitySource } from '../identity-source.ts'
import { startFlight } from './flight.ts'
import { inspectToken, type MintedToken } from './minted-token.ts'
import { redactedCause } from './redact.ts'
import { emptyEntry, healthOf, type TokenEntry } from './token-entry.ts'

/** The tokens of one identity, one for each audience. */
export interface TokenCache {
  /**
   * The token for an audience: at once where there is one, refreshed in the background when it is
   * old; else from the one attempt that all wait for.
   *
   * @throws {@link IdTokenError} where there is none to be had
   */
  get(audience: string): MintedToken | Promise<MintedToken>
  /**
   * Another token than the one that was refused, where there is one. The refused one stays for the
   * others until then: whoever refused it may be wrong.
   *
   * @throws {@link IdTokenError} where there is none to be had
   */
  renew(audience: string, refused: MintedToken): Promise<MintedToken>
  /** How the token for an audience is. */
  health(audience: string): AudienceHealth
}

/** What a token cache needs. */
export interface TokenCacheOptions {
  identity: IdentitySource
  now: () => number
  /** What one attempt may take. @default 10000 */
  timeoutMs?: number
}

/**
 * The metadata server hands out the same token until 5 to 4 minutes before it expires (Google's
 * Python library refreshes from 3m45s): asking earlier only gets that one again.
 */
const refreshBeforeMs = 225_000
/** After a failed attempt, or one that gave the same token again. */
const backOffMs = 30_000
/** So that a fleet started together doesn't ask together. */
const jitterMs = 15_000
/** So close to its end a token is only sent where no newer one can be had. */
const lastMomentMs = 30_000

/**
 * Caches the tokens of one identity. It holds one token an audience, and audiences come from the
 * targets alone, so it is bounded by the list of targets. No promise of it stands on a timer: all
 * that happens is driven by calls.
 */
export function createTokenCache(options: TokenCacheOptions): TokenCache {
  const { identity, now, timeoutMs = 10_000 } = options
  const entries = new Map<string, TokenEntry>()

  function get(audience: string): MintedToken | Promise<MintedToken> {
    const entry = entryOf(audience)
    const { token } = entry
    const at = now()
    if (!token || at >= token.expiresAtMs) return fly(entry)
    if (at < entry.refreshAtMs) return token
    const fresh = fly(entry).catch(() => token)
    return at < token.expiresAtMs - lastMomentMs ? token : fresh
  }

  async function renew(audience: string, refused: MintedToken): Promise<MintedToken> {
    const entry = entryOf(audience)
    if (entry.token && entry.token.value !== refused.value) return entry.token
    if (now() < entry.renewAtMs) return refused
    const token = await fly(entry)
    if (token.value === refused.value) entry.renewAtMs = now() + backOffMs
    return token
  }

  function fly(entry: TokenEntry): Promise<MintedToken> {
    const { flight } = entry
    if (flight && now() < flight.deadlineMs) return flight.landing
    flight?.giveUp()
    const started = startFlight((signal) => mint(entry, signal), { timeoutMs, now })
    const landing = started.landing
      .then((token) => land(entry, token))
      .catch((error: unknown) => fail(entry, error))
      .finally(() => {
        if (entry.flight === current) entry.flight = undefined
      })
    const current = { ...started, landing }
    entry.flight = current
    return landing
  }

  async function mint(entry: TokenEntry, signal: AbortSignal): Promise<MintedToken> {
    const { audience, token: held } = entry
    const value = await identity.idToken(audience, { signal })
    return inspectToken(value, { audience, now: now(), held })
  }

  function land(entry: TokenEntry, token: MintedToken): MintedToken {
    entry.token = token
    entry.failure = undefined
    entry.refreshAtMs = Math.max(token.expiresAtMs - refreshBeforeMs, now() + backOffMs) + jitter()
    return token
  }

  function fail(entry: TokenEntry, cause: unknown): never {
    const error = isIdTokenError(cause) ? cause : unavailable(entry.audience, cause)
    const { code, message, hint } = error
    entry.failure = { code, message, hint, at: new Date(now()) }
    entry.refreshAtMs = now() + backOffMs + jitter()
    throw error
  }

  function entryOf(audience: string): TokenEntry {
    const known = entries.get(audience)
    if (known) return known
    const entry = emptyEntry(audience)
    entries.set(audience, entry)
    return entry
  }

  return { get, renew, health: (audience) => healthOf(entryOf(audience), now()) }
}

function jitter(): number {
  return Math.random() * jitterMs
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
