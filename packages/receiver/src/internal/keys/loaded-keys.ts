import type { FetchedKeys } from './fetch-keys.ts'
import { importKeySet, type KeySet } from './key-set.ts'

/** A set of keys and its times, in milliseconds since the epoch. */
export interface LoadedKeys {
  keys: KeySet
  fetchedAt: number
  /** From here on they are fetched anew in the background. */
  refreshAt: number
  freshUntil: number
  /** Until when they serve while the endpoint fails. */
  usableUntil: number
}

/** Imports fetched keys and sets their times. */
export function loadKeys(
  { jwks, freshForMs }: FetchedKeys,
  context: {
    fetchedAt: number
    staleForMs: number
    kidPrefix: string
    before?: LoadedKeys | undefined
  },
): LoadedKeys {
  const { fetchedAt, staleForMs, kidPrefix, before } = context
  const freshUntil = fetchedAt + freshForMs
  return {
    keys: importKeySet(onlyPrefixed(jwks, kidPrefix), before?.keys),
    fetchedAt,
    // Early, and each instance at a time of its own, so that a fleet doesn't march in step.
    refreshAt: fetchedAt + freshForMs * (0.7 + 0.2 * Math.random()),
    freshUntil,
    usableUntil: freshUntil + staleForMs,
  }
}

function onlyPrefixed(jwks: unknown, prefix: string): unknown {
  const keys = (jwks as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys) || prefix === '') return jwks
  return { keys: keys.filter((jwk) => hasPrefix(jwk, prefix)) }
}

function hasPrefix(jwk: { kid?: unknown } | null, prefix: string): boolean {
  return typeof jwk?.kid === 'string' && jwk.kid.startsWith(prefix)
}
