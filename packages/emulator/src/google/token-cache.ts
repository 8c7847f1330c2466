import { isUnderFault } from './current-fault.ts'
import { lifetimeSeconds } from './keys.ts'

/** The real server hands out the same token until five minutes before it expires. */
const earlyMs = 5 * 60 * 1000
const maxEntries = 1_000

/** A token and its expiry. */
interface CachedToken {
  token: Promise<string>
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** `minted` if it was made for this request, `cached` if it was handed out before. */
  from: 'minted' | 'cached'
}

/** Tokens that a metadata server has handed out. */
export interface TokenCache {
  /** Returns the token with this name; makes one if there is none, or if it expires soon. */
  get(name: string, make: () => Promise<string>): CachedToken
}

/**
 * A bounded cache like that of the real metadata server. It holds promises, so that concurrent
 * requests get the same token.
 *
 * Clients have to handle this: a request before the last five minutes returns the same token, even
 * if it expires soon. A token with a fault of a drill is not cached.
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
