import { assertFunction, assertKnown, assertObject, printed } from '@countersign/shared/checks'
import { emulatorUrl, isLoopbackAddress } from '@countersign/shared/emulator-guard'
import { readEnvironment } from '@countersign/shared/environment'
import { harmless } from '@countersign/shared/promises'
import { parsedUrl } from '@countersign/shared/realm/urls'
import { createKeyLog, keyLogs } from './key-log.ts'
import type { KeyEvent, KeySource } from './key-source.ts'
import { createRefreshingKeys } from './refreshing-keys.ts'

/** The options of `googleKeys`. */
export interface GoogleKeysOptions {
  /**
   * The key endpoint: https, or http on loopback.
   *
   * @default 'https://www.googleapis.com/oauth2/v3/certs', or the emulator's endpoint if
   *   `COUNTERSIGN_EMULATOR` is set
   */
  url?: string
  /**
   * The `fetch` that requests the keys.
   *
   * @default globalThis.fetch
   */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
  /**
   * The clock, in milliseconds since the epoch; for tests.
   *
   * @default Date.now
   */
  now?: () => number
  /**
   * The longest time for one attempt, in whole milliseconds.
   *
   * @default 5000
   */
  timeoutMs?: number
  /**
   * The time for which keys that are no longer fresh are used while the endpoint fails, in milliseconds.
   *
   * @default 86400000 (24 hours)
   */
  staleForMs?: number
  /**
   * The shortest time between two requests that unknown key ids can cause, in milliseconds: invented ids
   * can't cause more.
   *
   * @default 30000
   */
  cooldownMs?: number
  /**
   * Called with each refresh and failure, with the use of stale keys (once a minute), and with unknown key
   * ids (once per cool-down). If it throws, the process emits a warning, once.
   *
   * @default trouble is logged as a `KeysLogEntry`, by the `log` of the receiver that has these keys
   */
  onEvent?: (event: KeyEvent) => void
}

const googleKeysUrl = 'https://www.googleapis.com/oauth2/v3/certs'

/**
 * Google's public keys: fetched when first needed, one fetch at a time, refreshed in the background
 * before their `Cache-Control` expires, and used for a day longer if the endpoint fails.
 *
 * @see https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
 * @throws {TypeError} if an option is wrong, or if `COUNTERSIGN_EMULATOR` is set in production, or does not point to this machine
 *
 * @example
 * Log every event yourself, in place of the default lines about trouble
 * ```ts
 * verifyCaller({ allow, keys: googleKeys({ onEvent: (event) => logger.info(event) }) })
 * ```
 */
export function googleKeys(options: GoogleKeysOptions = {}): KeySource {
  assertOptions(options)
  const { onEvent } = options
  if (onEvent !== undefined) return keysOf(options, harmless(onEvent, 'onEvent of googleKeys'))
  const { now = () => Date.now() } = options
  const log = createKeyLog({ now, health: () => keys.health() })
  const keys = keysOf(options, log.onEvent)
  keyLogs.set(keys, log)
  return keys
}

function keysOf(options: GoogleKeysOptions, onEvent: (event: KeyEvent) => void): KeySource {
  const inUse = emulatorUrl(readEnvironment())
  const emulator = options.url === undefined ? inUse : undefined
  return createRefreshingKeys({
    url: emulator ? new URL('/oauth2/v3/certs', emulator).href : keysUrl(options.url),
    // The emulator's keys replace Google's. Only keys whose id says that they are the emulator's count.
    kidPrefix: emulator ? 'emulator-' : '',
    emulator: emulator?.origin,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    // `Date.now` is looked up at each use: tests replace it after the service was made.
    now: options.now ?? (() => Date.now()),
    timeoutMs: timeout(options.timeoutMs),
    staleForMs: duration(options.staleForMs, 'staleForMs', 24 * 3_600_000),
    cooldownMs: duration(options.cooldownMs, 'cooldownMs', 30_000),
    onEvent,
  })
}

const optionNames: Record<keyof GoogleKeysOptions, true> = {
  url: true,
  fetch: true,
  now: true,
  timeoutMs: true,
  staleForMs: true,
  cooldownMs: true,
  onEvent: true,
}

function assertOptions(options: GoogleKeysOptions): void {
  assertObject(options, 'googleKeys options')
  assertKnown(options, Object.keys(optionNames), 'googleKeys options')
  for (const name of ['fetch', 'now', 'onEvent'] as const) {
    assertFunction(options[name], `googleKeys ${name}`)
  }
}

function keysUrl(url: string = googleKeysUrl): string {
  const parsed = parsedUrl(url)
  const isLocal = parsed?.protocol === 'http:' && isLoopbackAddress(parsed.hostname)
  if (parsed && (parsed.protocol === 'https:' || isLocal)) return parsed.href
  throw new TypeError(
    `googleKeys url must be an https URL, or http on 127.0.0.1, but is ${printed(url)}: write one such as "${googleKeysUrl}"`,
  )
}

const longestTimeoutMs = 2 ** 31 - 1

/** A timer would throw at each fetch for any other value. */
function timeout(value = 5000): number {
  if (Number.isInteger(value) && value >= 1 && value <= longestTimeoutMs) return value
  throw new TypeError(
    `googleKeys timeoutMs must be whole milliseconds from 1 to ${longestTimeoutMs}, but is ${printed(value)}: write 5000, or leave it out`,
  )
}

function duration(value: number | undefined, name: string, byDefault: number): number {
  if (value === undefined) return byDefault
  if (Number.isFinite(value) && value >= 0) return value
  throw new TypeError(
    `googleKeys ${name} must be milliseconds, 0 or more, but is ${printed(value)}: write ${byDefault}, or leave it out`,
  )
}
