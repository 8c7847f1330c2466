import { assertFunction, assertKnown, assertObject } from '@countersign/shared/checks'
import { emulatorUrl, isLoopbackAddress } from '@countersign/shared/emulator-guard'
import { readEnvironment } from '@countersign/shared/environment'
import { harmless } from '@countersign/shared/promises'
import { createKeyLog, keyLogs } from './key-log.ts'
import type { KeyEvent, KeySource } from './key-source.ts'
import { createRefreshingKeys } from './refreshing-keys.ts'

/** What `googleKeys` takes. */
export interface GoogleKeysOptions {
  /**
   * The key endpoint: https, or http on loopback. Left out: Google's, or the emulator's where
   * `COUNTERSIGN_EMULATOR` names one.
   *
   * @default 'https://www.googleapis.com/oauth2/v3/certs'
   */
  url?: string
  /**
   * The fetch to ask it with.
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
   * Whole milliseconds that one attempt may take.
   *
   * @default 5000
   */
  timeoutMs?: number
  /**
   * Milliseconds for which keys are used past their time while the endpoint fails.
   *
   * @default 86400000 (24 hours)
   */
  staleForMs?: number
  /**
   * Milliseconds between two questions that unknown key ids may cause: junk ids can't cause more.
   *
   * @default 30000
   */
  cooldownMs?: number
  /**
   * Told of each refresh and failure, of stale keys that are used (once a minute), and of unknown key
   * ids (once a cool-down). What it throws is a process warning, once.
   *
   * @default trouble is logged, as `KeysLogEntry` says: by the `log` of the receiver that has these keys
   */
  onEvent?: (event: KeyEvent) => void
}

const googleKeysUrl = 'https://www.googleapis.com/oauth2/v3/certs'

/**
 * Google's public keys: fetched when first needed, one fetch in flight, refreshed in the background
 * before their `Cache-Control` runs out, and kept for a day when the endpoint fails.
 *
 * @see https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
 * @throws TypeError for a wrong option, or if `COUNTERSIGN_EMULATOR` is set in production, or does not point to this machine
 *
 * @example
 * A log of your own for every event, in place of the lines about trouble
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
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isLocal = parsed?.protocol === 'http:' && isLoopbackAddress(parsed.hostname)
  if (parsed && (parsed.protocol === 'https:' || isLocal)) return parsed.href
  throw new TypeError(`googleKeys url is "${url}": write an https URL, or http on 127.0.0.1`)
}

const longestTimeoutMs = 2 ** 31 - 1

/** `AbortSignal.timeout` would throw at each fetch for any other value. */
function timeout(value = 5000): number {
  if (Number.isInteger(value) && value >= 1 && value <= longestTimeoutMs) return value
  throw new TypeError(`googleKeys timeoutMs is ${value}: write whole milliseconds, 1 or more`)
}

function duration(value: number | undefined, name: string, byDefault: number): number {
  if (value === undefined) return byDefault
  if (Number.isFinite(value) && value >= 0) return value
  throw new TypeError(`googleKeys ${name} is ${value}: write milliseconds, 0 or more`)
}
