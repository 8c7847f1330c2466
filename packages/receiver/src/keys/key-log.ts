import { createTrouble } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import type { KeysLogEntry } from '../events.ts'
import type { KeyEvent, KeyHealth, KeySource } from './key-source.ts'

type Log = false | ((entry: KeysLogEntry) => void)

/** The log of keys to whose events nobody listens. */
export interface KeyLog {
  onEvent(event: KeyEvent): void
  /**
   * Sends the entries to a receiver's log; until then nobody gets them, since nothing is refused
   * without a receiver. A log that is off silences no other receiver's.
   */
  writeTo(log: Log): void
}

/** The logs of key sources that have one. */
export const keyLogs: WeakMap<KeySource, KeyLog> = new WeakMap()

/** What a key log needs: the clock, and the health of its keys, which says what a failure leads to. */
export interface KeyLogSettings {
  now: () => number
  health: () => KeyHealth
}

/** Makes the log of one key source. */
export function createKeyLog({ now, health }: KeyLogSettings): KeyLog {
  const failing = createTrouble(now)
  const stale = createTrouble(now)
  let log: Log | undefined

  function entryOf(event: KeyEvent): KeysLogEntry | undefined {
    if (event.type === 'keys_refreshed') return recovered()
    if (event.type === 'stale_keys_used') return stale.persists() ? staleUsed(health()) : undefined
    if (event.type === 'keys_refresh_failed') return failed(event)
    return undefined
  }

  function recovered(): KeysLogEntry | undefined {
    // Both are over.
    const isOver = [failing.ends(), stale.ends()].includes(true)
    return isOver ? refreshed(health()) : undefined
  }

  function failed({ retryAt }: { retryAt: number }): KeysLogEntry | undefined {
    const keys = health()
    const { freshUntil = 0, usableUntil = 0 } = keys
    // An attempt that slept through its time with the CPU is repeated at once: no trouble of the endpoint.
    const wasFrozen = retryAt <= now()
    // Whoever uses them says more.
    const isStale = freshUntil <= now() && now() < usableUntil
    if (wasFrozen || isStale || !failing.persists()) return undefined
    return now() < usableUntil ? refreshFailed(keys) : noKeys(keys)
  }

  return {
    onEvent(event) {
      const entry = entryOf(event)
      if (entry !== undefined && log) harmless(log, 'log')(entry)
    },
    writeTo(next) {
      if (next !== false || log === undefined) log = next
    },
  }
}

const remedy = 'Check that this service can reach the key endpoint'

function staleUsed(keys: KeyHealth): KeysLogEntry {
  return {
    severity: 'WARNING',
    message: `countersign checks tokens with stale keys, until ${isoTime(keys.usableUntil)}: from then on calls are refused with 503 keys_unavailable. ${remedy}: ${keys.lastError}`,
    code: 'stale_keys_used',
    ...detailsOf(keys),
  }
}

function refreshFailed(keys: KeyHealth): KeysLogEntry {
  return {
    severity: 'WARNING',
    message: `countersign can't renew its keys, which are fresh until ${isoTime(keys.freshUntil)}. ${remedy}: ${keys.lastError}`,
    code: 'keys_refresh_failed',
    ...detailsOf(keys),
  }
}

function noKeys({ lastError }: KeyHealth): KeysLogEntry {
  return {
    severity: 'ERROR',
    message: `countersign has no keys, so calls are refused with 503 keys_unavailable. ${remedy}: ${lastError}`,
    code: 'keys_refresh_failed',
    error: lastError as string,
  }
}

function refreshed(keys: KeyHealth): KeysLogEntry {
  return {
    severity: 'NOTICE',
    message: 'countersign has fresh keys again',
    code: 'keys_refreshed',
    ...detailsOf(keys),
  }
}

function detailsOf({ freshUntil, usableUntil, lastError }: KeyHealth): Partial<KeysLogEntry> {
  return {
    ...(freshUntil !== undefined && { freshUntil: isoTime(freshUntil) }),
    ...(usableUntil !== undefined && { usableUntil: isoTime(usableUntil) }),
    ...(lastError !== undefined && { error: lastError }),
  }
}

function isoTime(time: number | undefined): string {
  return new Date(time as number).toISOString()
}
