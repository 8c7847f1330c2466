import type { KeyObject } from 'node:crypto'
import type { ServiceAccountClaims } from './claims.ts'
import { flattened } from './jws.ts'

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

interface Entry {
  token: string
  verified: VerifiedToken
  /** Whether it was asked for since it was last looked at for making room. */
  isUsed: boolean
}

interface Shelf {
  /** In the order in which they came, or were last passed over. */
  entries: Map<number, Entry>
  /** Goes on at the oldest one: from the front, all that were dropped would be gone over each time. */
  oldest: Iterator<[number, Entry]> | undefined
}

/**
 * A bounded cache; `maxEntries` 0 remembers nothing. Our own, not a library's: in a process that has
 * just started, to put a token in costs a tenth of what lru-cache takes, to find one a sixth (measured).
 */
export function createTokenCache(maxEntries: number): TokenCache {
  if (maxEntries === 0) return noCache
  const shelf: Shelf = { entries: new Map(), oldest: undefined }
  const { entries } = shelf
  const wasSeenLately = createSightings(maxEntries)
  return {
    get: (token) => find(entries, token),
    offer(token, verified) {
      const print = fingerprint(token)
      const isFull = entries.size >= maxEntries
      if (isFull && !wasSeenLately(print)) return
      if (isFull && !entries.has(print)) makeRoom(shelf)
      entries.set(print, { token: flattened(token), verified, isUsed: false })
    },
    delete(token) {
      entries.delete(fingerprint(token))
      shelf.oldest = undefined // it would keep what is dropped alive
    },
    get size() {
      return entries.size
    },
  }
}

const noCache: TokenCache = { get: () => undefined, offer() {}, delete() {}, size: 0 }

function find(entries: Shelf['entries'], token: string): VerifiedToken | undefined {
  const entry = entries.get(fingerprint(token))
  if (entry?.token !== token) return undefined
  entry.isUsed = true
  return entry.verified
}

const maxPassedOver = 16

/**
 * Drops the oldest entry that was not asked for since it was last passed over: a hit moves nothing,
 * which makes it cheap. If more than a few in a row were asked for, one of them goes all the same.
 */
function makeRoom(shelf: Shelf): void {
  const { entries } = shelf
  shelf.oldest ??= entries.entries()
  for (let passedOver = 0; ; passedOver += 1) {
    const [print, entry] = shelf.oldest.next().value as [number, Entry] // what is full has an oldest one
    entries.delete(print)
    if (!entry.isUsed || passedOver === maxPassedOver) return
    entry.isUsed = false
    entries.set(print, entry)
  }
}

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

/**
 * Makes the function that says whether a token was seen lately, and notes that it was seen now.
 *
 * A caller that mints a token for each call, as Google's sample does, would push the tokens of all
 * others out of a full cache, and keeping one costs an eighth of an RSA check (measured). There a
 * token is kept from its second call on. Two tokens with one number only bring that forward.
 *
 * @param places how many tokens it knows of at most; each takes four bytes
 */
export function createSightings(places: number): (fingerprint: number) => boolean {
  const seen = new Int32Array(places)
  return function wasSeenLately(fingerprint) {
    const place = (fingerprint >>> 0) % places
    if (seen[place] === fingerprint) return true
    seen[place] = fingerprint
    return false
  }
}
