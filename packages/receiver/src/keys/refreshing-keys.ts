import type { KeyObject } from 'node:crypto'
import { isPromise } from '@countersign/shared/promises'
import { errorText, redact, redactedCause } from '@countersign/shared/redact'
import { type FetchedKeys, fetchKeys, type KeyEndpoint } from './fetch-keys.ts'
import { createBackOff, createFlight, isWithin } from './flight.ts'
import { importKeySet, type KeySet } from './key-set.ts'
import type { KeyEvent, KeyHealth, KeySource } from './key-source.ts'

/** The options of `googleKeys`, all of them filled in. */
interface RefreshingKeysSettings extends KeyEndpoint {
  /** Only keys whose `kid` begins with this count. */
  kidPrefix: string
  /** The emulator's origin, if the keys are the emulator's. */
  emulator: string | undefined
  now: () => number
  timeoutMs: number
  staleForMs: number
  cooldownMs: number
  onEvent: (event: KeyEvent) => void
}

const reportStaleEveryMs = 60_000

/**
 * Creates a key source that keeps its keys fresh. Everything is driven by calls: a frozen CPU runs no
 * timer, and a process that only waits for a timer should end.
 */
export function createRefreshingKeys(settings: RefreshingKeysSettings): KeySource {
  const { now, onEvent } = settings
  const failures = createBackOff(now)
  const flight = createFlight(refresh, settings)
  let loaded: LoadedKeys | undefined
  let askedForUnknownAt = Number.NEGATIVE_INFINITY
  let staleReportedAt = Number.NEGATIVE_INFINITY

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
    // The CPU was frozen: that says nothing about the endpoint.
    const wasFrozen = now() - askedAt > settings.timeoutMs + 1000
    const retryAt = failures.failed(error, { wait: !wasFrozen })
    onEvent({ type: 'keys_refresh_failed', error, retryAt })
    return error
  }

  /** The keys at hand, or a promise of them. Starts a refresh in the background when it is time. */
  function usable(): LoadedKeys | Promise<LoadedKeys> {
    const time = now()
    if (loaded === undefined || time >= loaded.usableUntil) return reloaded()
    if (time >= loaded.fetchedAt && time < loaded.refreshAt) return loaded
    const isFresh = time < loaded.freshUntil
    if (!isFresh && failures.error() === undefined) return renewed(loaded)
    if (!failures.isWaiting()) flight.join().catch(() => {})
    return isFresh ? loaded : stale(loaded)
  }

  async function reloaded(): Promise<LoadedKeys> {
    const error = failures.error()
    if (error && failures.isWaiting() && !flight.isUnderway()) throw error
    await flight.join()
    return loaded as LoadedKeys
  }

  async function renewed(before: LoadedKeys): Promise<LoadedKeys> {
    await flight.join().catch(() => stale(before))
    return loaded as LoadedKeys
  }

  /** Reported once a minute: an outage should neither flood a log nor be forgotten there. */
  function stale(keys: LoadedKeys): LoadedKeys {
    const { freshUntil, usableUntil } = keys
    const time = now()
    if (!isWithin(time - staleReportedAt, reportStaleEveryMs)) {
      staleReportedAt = time
      onEvent({ type: 'stale_keys_used', freshUntil, usableUntil })
    }
    return keys
  }

  /**
   * Fetches again for an unknown id, since a key can be newer than the last fetch. But the sender of a
   * token chooses its id, so all unknown ids together cause one fetch per cool-down. A call that comes
   * during that fetch waits for it: at an unannounced rotation many callers come at once.
   */
  async function refetchedFor(kid: string): Promise<KeyObject | undefined> {
    const isCoolingDown = isWithin(now() - askedForUnknownAt, settings.cooldownMs)
    if (isCoolingDown && !flight.isUnderway()) return keyOrNone(kid)
    if (!isCoolingDown) askedForUnknownAt = now()
    await flight.join()
    const key = keyOrNone(kid)
    if (key === undefined && !isCoolingDown) onEvent({ type: 'kid_unknown' })
    return key
  }

  /** If the key endpoint could not be asked, that is our failure, not the token's. */
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
      return keys.keys.get(kid) ?? refetchedFor(kid)
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
interface LoadedKeys {
  keys: KeySet
  fetchedAt: number
  /** From this time on they are fetched again in the background. */
  refreshAt: number
  freshUntil: number
  /** Until this time they are used while the endpoint fails. */
  usableUntil: number
}

/** Imports fetched keys and sets their times. */
function loadKeys(
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
    // Early, and at a random time, so that a fleet of instances doesn't fetch at one moment.
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

/** Rejects as soon as the signal is aborted: a `fetch` of the user's can ignore the signal. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}
