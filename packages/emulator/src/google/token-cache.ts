import { isUnderFault } from './current-fault.ts'
import { lifetimeSeconds } from './keys.ts'

/** The real server hands out the same token until five minutes before it expires. */
const earlyMs = 5 * 60 * 1000
const maxEntries = 1_000

/** A token and its end. */
interface CachedToken {
  token: Promise<string>
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** Whether it was made for this request, or handed out before. */
  from: 'minted' | 'cached'
}

/** Tokens that a metadata server has handed out. */
export interface TokenCache {
  /** The token under this name, made where there is none with enough life left. */
  get(name: string, make: () => Promise<string>): CachedToken
}

/**
 * A cache such as the real metadata server has, bounded. It holds promises, so that calls at the
 * same time get the same token.
 *
 * Clients have to cope with it: asking again too early gives the same, nearly spent token. One that is
 * made under a drill's fault is for that request alone.
 *
 * @param now milliseconds since the epoch
 */
export function createTokenCache(now: () => number): TokenCache {
  const entries = new Map<string, CachedToken>()
  function minted(make: () => Promise<string>): CachedToken {
    return { expiresAt: now() + lifetimeSeconds * 1000, token: make(), from: 'minted' }
  }
  return {
    get: (name, make) => {
      if (isUnderFault()) return minted(make)
      const found = entries.get(name)
      if (found && found.expiresAt - earlyMs > now()) return { ...found, from: 'cached' }
      const entry = minted(make)
      entries.delete(name)
      entries.set(name, entry)
      const [oldest] = entries.keys()
      if (oldest !== undefined && entries.size > maxEntries) entries.delete(oldest)
      return entry
    },
  }
}
