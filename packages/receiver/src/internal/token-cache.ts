import type { KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ServiceAccountClaims } from './claims.ts'
import { flattened } from './flattened.ts'
import { createSightings } from './sightings.ts'

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
  /** Remembers a token: where the cache is full, from the second time on that it is offered. */
  offer(token: string, verified: VerifiedToken): void
  delete(token: string): void
  readonly size: number
}

/** A bounded cache; `maxEntries` 0 remembers nothing. */
export function createTokenCache(maxEntries: number): TokenCache {
  if (maxEntries === 0) return noCache
  const entries = new LRUCache<number, { token: string; verified: VerifiedToken }>({
    max: maxEntries,
  })
  const wasSeenLately = createSightings(maxEntries)
  return {
    get(token) {
      const entry = entries.get(fingerprint(token))
      return entry?.token === token ? entry.verified : undefined
    },
    offer(token, verified) {
      const print = fingerprint(token)
      if (entries.size === maxEntries && !wasSeenLately(print)) return
      entries.set(print, { token: flattened(token), verified })
    },
    delete: (token) => void entries.delete(fingerprint(token)),
    get size() {
      return entries.size
    },
  }
}

const noCache: TokenCache = { get: () => undefined, offer() {}, delete() {}, size: 0 }

/** The characters at a token's end that make its number. */
const printLength = 16

/**
 * 32 bits of a token's signature, by which it is found; then it is compared whole. Exact, and a
 * tenth of what hashing the token costs (measured). Nobody but Google can choose them.
 */
function fingerprint(token: string): number {
  let print = 0
  for (let index = token.length - printLength; index < token.length; index += 1) {
    print = (Math.imul(print, 31) + token.charCodeAt(index)) | 0
  }
  return print
}
