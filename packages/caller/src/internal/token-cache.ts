import type { AudienceHealth } from '../health.ts'
import type { MintedToken } from './minted-token.ts'
import { emptyEntry, healthOf, type TokenEntry } from './token-entry.ts'
import { backOffMs, createFlights, type FlightsOptions } from './token-flights.ts'

/** The tokens of one identity, one for each audience. */
export interface TokenCache {
  /**
   * The token for an audience: at once where there is one, refreshed in the background when it is
   * old; else from the one attempt that all wait for.
   *
   * @throws {@link IdTokenError} where there is none to be had; for a second after an attempt that
   *   failed, the same error, without another attempt
   */
  get(audience: string): MintedToken | Promise<MintedToken>
  /**
   * Another token than the one that was refused, where there is one. The refused one stays for the
   * others until then: whoever refused it may be wrong. Whatever comes of it, nobody is asked again
   * on this account for half a minute: the other token may be refused as well.
   *
   * @throws {@link IdTokenError} where there is none to be had
   */
  renew(audience: string, refused: MintedToken): Promise<MintedToken>
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
export interface TokenCacheOptions extends FlightsOptions {
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
  const fly = createFlights(options)
  const entries = new Map<string, TokenEntry>()

  function get(audience: string): MintedToken | Promise<MintedToken> {
    const entry = entryOf(audience)
    const { token } = entry
    const at = now()
    if (!token || at >= token.expiresAtMs) return failedJustNow(entry, at) ?? fly(entry)
    if (at < entry.refreshAtMs) return token
    const fresh = fly(entry).catch(() => token)
    return at < token.expiresAtMs - lastMomentMs ? token : fresh
  }

  async function renew(audience: string, refused: MintedToken): Promise<MintedToken> {
    const entry = entryOf(audience)
    if (entry.token && entry.token.value !== refused.value) return entry.token
    if (isRecent(entry.renewedAtMs, backOffMs, now())) return refused
    try {
      return await fly(entry)
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
