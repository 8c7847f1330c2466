import type { KeyObject } from 'node:crypto'
import { isPromise } from '@countersign/shared/promises'
import { errorText, redact, redactedCause } from '@countersign/shared/redact'
import { type FetchedKeys, fetchKeys, type KeyEndpoint } from './fetch-keys.ts'
import { backOff, isWithin, singleFlight } from './flight.ts'
import { importKeySet, type KeySet } from './key-set.ts'
import type { KeyEvent, KeyHealth, KeySource } from './key-source.ts'

/** What `refreshingKeys` needs: `googleKeys`'s options, all of them known. */
export interface RefreshingKeysSettings extends KeyEndpoint {
  /** Only keys whose `kid` begins so count. */
  kidPrefix: string
  /** The emulator's origin, if it is its keys that count. */
  emulator: string | undefined
  now: () => number
  timeoutMs: number
  staleForMs: number
  cooldownMs: number
  onEvent: (event: KeyEvent) => void
}

const tellStaleEveryMs = 60_000

/**
 * Keys that keep themselves fresh. Everything is driven by calls: a frozen CPU runs no timer, and a
 * process that only waits for one should end.
 */
export function refreshingKeys(settings: RefreshingKeysSettings): KeySource {
  const { now, onEvent } = settings
  const failures = backOff(now)
  const flight = singleFlight(refresh, settings)
  let loaded: LoadedKeys | undefined
  let askedForUnknownAt = Number.NEGATIVE_INFINITY
  let staleToldAt = Number.NEGATIVE_INFINITY

  async function refresh(signal: AbortSignal): Promise<void> {
    const fetchedAt = now()
    try {
      const fetched = await abortable(fetchKeys(settings, signal), signal)
      loaded = loadKeys(fetched, { ...settings, fetchedAt, before: loaded })
      failures.succeeded()
    } catch (cause) {
      throw refreshFailed(cause, fetchedAt)
    }
    onEvent({ type: 'keys_refreshed', kids: kidsOf(loaded), freshUntil: loaded.freshUntil })
  }

  function refreshFailed(cause: unknown, askedAt: number): Error {
    const error = new Error(`no keys could be had from ${redact(settings.url)}`, {
      cause: redactedCause(cause),
    })
    // Slept through, not broken: a frozen CPU says nothing about the endpoint.
    const wasFrozen = now() - askedAt > settings.timeoutMs + 1000
    const retryAt = failures.failed(error, { wait: !wasFrozen })
    onEvent({ type: 'keys_refresh_failed', error, retryAt })
    return error
  }

  /** The keys at hand, or a promise of them; renewed in passing when their time comes. */
  function usable(): LoadedKeys | Promise<LoadedKeys> {
    const time = now()
    if (loaded === undefined || time >= loaded.usableUntil) return loadedAnew()
    if (time >= loaded.fetchedAt && time < loaded.refreshAt) return loaded
    const isFresh = time < loaded.freshUntil
    if (!isFresh && failures.error() === undefined) return renewed(loaded)
    if (!failures.isWaiting()) flight.join().catch(() => {})
    return isFresh ? loaded : stale(loaded)
  }

  async function loadedAnew(): Promise<LoadedKeys> {
    const error = failures.error()
    if (error && failures.isWaiting() && !flight.isUnderway()) throw error
    await flight.join()
    return loaded as LoadedKeys
  }

  async function renewed(before: LoadedKeys): Promise<LoadedKeys> {
    await flight.join().catch(() => stale(before))
    return loaded as LoadedKeys
  }

  /** Told once a minute: an outage should not flood a log, nor be forgotten there. */
  function stale(keys: LoadedKeys): LoadedKeys {
    const { freshUntil, usableUntil } = keys
    const time = now()
    if (!isWithin(time - staleToldAt, tellStaleEveryMs)) {
      staleToldAt = time
      onEvent({ type: 'stale_keys_used', freshUntil, usableUntil })
    }
    return keys
  }

  /**
   * A key may be newer than the last fetch, so an unknown id asks again; but whoever calls chooses
   * the id, so all unknown ids together ask once per cool-down. Whoever comes while the answer is
   * under way waits for it: at an unannounced rotation many callers come at once.
   */
  async function askedAgain(kid: string): Promise<KeyObject | undefined> {
    const isCoolingDown = isWithin(now() - askedForUnknownAt, settings.cooldownMs)
    if (isCoolingDown && !flight.isUnderway()) return keyOrNone(kid)
    if (!isCoolingDown) askedForUnknownAt = now()
    await flight.join()
    const key = keyOrNone(kid)
    if (key === undefined && !isCoolingDown) onEvent({ type: 'kid_unknown' })
    return key
  }

  /** A key that could not be asked for is our failure, not the token's. */
  function keyOrNone(kid: string): KeyObject | undefined {
    const key = loaded?.keys.get(kid)
    if (key !== undefined) return key
    const error = failures.error()
    if (error) throw error
    return undefined
  }

  return {
    key(kid) {
      const keys = usable()
      if (isPromise(keys)) return keys.then(() => keyOrNone(kid))
      return keys.keys.get(kid) ?? askedAgain(kid)
    },
    async ready() {
      await usable()
    },
    health: () => ({
      ...healthOf(loaded, failures.error()),
      ...(settings.emulator !== undefined && { emulator: settings.emulator }),
    }),
  }
}

function kidsOf(loaded: LoadedKeys | undefined): string[] {
  return [...(loaded?.keys.keys() ?? [])]
}

function healthOf(loaded: LoadedKeys | undefined, error: Error | undefined): KeyHealth {
  const times = loaded && {
    fetchedAt: loaded.fetchedAt,
    freshUntil: loaded.freshUntil,
    usableUntil: loaded.usableUntil,
  }
  return { kids: kidsOf(loaded), ...times, ...(error && { lastError: errorText(error) }) }
}

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

/** The promise, or the signal's reason if that comes first: a `fetch` of the user's may not heed it. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}
