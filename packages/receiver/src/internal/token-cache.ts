import type { KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ServiceAccountClaims } from './claims.ts'

/** A token whose signature and claims held. */
export interface VerifiedToken {
  kid: string
  /** The key it was verified with: once that is rotated out, the token counts no more. */
  key: KeyObject
  /** Deeply frozen. */
  claims: ServiceAccountClaims
}

/** Remembers tokens that passed, since a caller sends one for up to an hour. */
export interface TokenCache {
  get(token: string): VerifiedToken | undefined
  set(token: string, verified: VerifiedToken): void
  delete(token: string): void
  readonly size: number
}

/**
 * A token is found by its last 24 characters, which are 144 bits of its signature, and then compared
 * whole: exact, and a third of what hashing it costs (measured: 0.4 against 1.3 microseconds).
 */
const keyLength = 24

/** A bounded cache; `maxEntries` 0 remembers nothing. */
export function createTokenCache(maxEntries: number): TokenCache {
  if (maxEntries === 0) return noCache
  const entries = new LRUCache<string, { token: string; verified: VerifiedToken }>({
    max: maxEntries,
  })
  return {
    get(token) {
      const entry = entries.get(token.slice(-keyLength))
      return entry?.token === token ? entry.verified : undefined
    },
    set(token, verified) {
      const flat = flattened(token)
      entries.set(flat.slice(-keyLength), { token: flat, verified })
    },
    delete: (token) => void entries.delete(token.slice(-keyLength)),
    get size() {
      return entries.size
    },
  }
}

const noCache: TokenCache = { get: () => undefined, set() {}, delete() {}, size: 0 }

/** A copy of its own: V8's slice of a header line keeps the whole line alive. */
function flattened(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
