import type { KeyObject } from 'node:crypto'
import type { ServiceAccountClaims } from './claims.ts'
import { flattened } from './jws.ts'

/** A token whose signature and claims are valid. */
export interface VerifiedToken {
  kid: string
  /** The key that verified the token. Once it is rotated out, the token is no longer valid. */
  key: KeyObject
  /** Deeply frozen. */
  claims: ServiceAccountClaims
}

/** A cache of verified tokens: a caller sends the same token for up to an hour. */
export interface TokenCache {
  get(token: string): VerifiedToken | undefined
  /** Stores a token. If the cache is full, a token is stored from the second time on that it is offered. */
  offer(token: string, verified: VerifiedToken): void
  delete(token: string): void
  size: number
}

interface Entry {
  token: string
  verified: VerifiedToken
  /** Whether the token was found since the last time that this entry could have been dropped. */
  isUsed: boolean
}

interface Store {
  /** In the order in which they were stored, or last passed over. */
  entries: Map<number, Entry>
  /** Continues at the oldest entry. A new iterator would go over all dropped entries each time. */
  oldest: Iterator<[number, Entry]> | undefined
}

/**
 * Creates a bounded cache; `maxEntries` 0 stores nothing. Our own, not a library's: in a process that has
 * just started, storing a token costs a tenth of what lru-cache takes, and finding one a sixth (measured).
 */
export function createTokenCache(maxEntries: number): TokenCache {
  if (maxEntries === 0) return noCache
  const store: Store = { entries: new Map(), oldest: undefined }
  const { entries } = store
  const wasSeenLately = createSightings(maxEntries)
  return {
    get: (token) => find(entries, token),
    offer(token, verified) {
      const print = fingerprint(token)
      const isFull = entries.size >= maxEntries
      if (isFull && !wasSeenLately(print)) return
      if (isFull && !entries.has(print)) makeRoom(store)
      entries.set(print, { token: flattened(token), verified, isUsed: false })
    },
    delete(token) {
      entries.delete(fingerprint(token))
      store.oldest = undefined // an iterator would keep dropped entries alive
    },
    get size() {
      return entries.size
    },
  }
}

const noCache: TokenCache = { get: () => undefined, offer() {}, delete() {}, size: 0 }

function find(entries: Store['entries'], token: string): VerifiedToken | undefined {
  const entry = entries.get(fingerprint(token))
  if (entry?.token !== token) return undefined
  entry.isUsed = true
  return entry.verified
}

const maxPassedOver = 16

/**
 * Drops the oldest entry that was not used since it was last passed over. A hit moves no entry, so it is
 * cheap. If more than `maxPassedOver` entries in a row were used, the next one is dropped all the same.
 */
function makeRoom(store: Store): void {
  const { entries } = store
  store.oldest ??= entries.entries()
  for (let passedOver = 0; ; passedOver += 1) {
    const [print, entry] = store.oldest.next().value as [number, Entry] // a full cache has an oldest entry
    entries.delete(print)
    if (!entry.isUsed || passedOver === maxPassedOver) return
    entry.isUsed = false
    entries.set(print, entry)
  }
}

/** The number of characters at a token's end that make its fingerprint. */
const printLength = 16

/**
 * 32 bits of a token's signature, by which the token is found; then the whole token is compared. Exact,
 * at a tenth of what hashing the token costs (measured). Nobody but Google can choose these bits.
 */
function fingerprint(token: string): number {
  let print = 0
  for (let index = token.length - printLength; index < token.length; index += 1) {
    print = (Math.imul(print, 31) + token.charCodeAt(index)) | 0
  }
  return print
}

/**
 * Creates the function that returns whether a token was seen lately, and records that it was seen now.
 *
 * A caller that gets a new token for each call, as Google's sample does, would push the tokens of all
 * others out of a full cache, and storing one costs an eighth of an RSA check (measured). So a full cache
 * stores a token from its second call on. If two tokens have one
 * fingerprint, a token is only stored earlier.
 *
 * @param places how many tokens it records at most; each takes four bytes
 */
function createSightings(places: number): (fingerprint: number) => boolean {
  const seen = new Int32Array(places)
  return function wasSeenLately(fingerprint) {
    const place = (fingerprint >>> 0) % places
    if (seen[place] === fingerprint) return true
    seen[place] = fingerprint
    return false
  }
}
