import { createTrouble } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import type { KeysLogEntry } from '../events.ts'
import type { KeyEvent, KeyHealth, KeySource } from './key-source.ts'

type Log = false | ((entry: KeysLogEntry) => void)

/** The log of a key source that has no `onEvent`. */
export interface KeyLog {
  onEvent(event: KeyEvent): void
  /**
   * Writes the entries to a receiver's log from now on. Until then they are dropped, since nothing is
   * refused without a receiver. If a receiver's log is off, entries still go to another receiver's log.
   */
  writeTo(log: Log): void
}

/** The log of each key source that has one. */
export const keyLogs: WeakMap<KeySource, KeyLog> = new WeakMap()

interface KeyLogSettings {
  now: () => number
  /** The consequence of a failure depends on it: stale keys, or none. */
  health: () => KeyHealth
}

/** Creates the log of one key source. */
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
    // `ends` has to be called on both.
    const isOver = [failing.ends(), stale.ends()].includes(true)
    return isOver ? refreshed(health()) : undefined
  }

  function failed({ retryAt }: { retryAt: number }): KeysLogEntry | undefined {
    const keys = health()
    const { freshUntil = 0, usableUntil = 0 } = keys
    // The CPU was frozen during the attempt, which is repeated at once: no trouble of the endpoint.
    const wasFrozen = retryAt <= now()
    // The event about the use of stale keys is logged instead.
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
    message: `countersign checks tokens with stale keys until ${isoTime(keys.usableUntil)}. From then on calls are refused with 503 keys_unavailable. ${remedy}: ${keys.lastError}`,
    code: 'stale_keys_used',
    ...detailsOf(keys),
  }
}

function refreshFailed(keys: KeyHealth): KeysLogEntry {
  return {
    severity: 'WARNING',
    message: `countersign can't refresh its keys, which are fresh until ${isoTime(keys.freshUntil)}. ${remedy}: ${keys.lastError}`,
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
