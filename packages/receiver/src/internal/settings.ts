import { googleKeys } from '../google-keys.ts'
import type { KeySource } from '../key-source.ts'
import type { ReceiverOptions } from '../options.ts'
import { type AllowList, compileAllowList, compileAudience } from './allow.ts'
import { emulatorUrl } from './emulator-guard.ts'
import { type Environment, modeOf } from './environment.ts'
import { type OperationRule, routeRule } from './operations.ts'
import { createReporter, type Report } from './report.ts'
import { type ServiceAudience, serviceAudience, unknownAudience } from './service-audience.ts'
import { createTokenCache, type TokenCache } from './token-cache.ts'

/** `ReceiverOptions` with everything checked, compiled and filled in. */
export interface ReceiverSettings {
  allow: AllowList
  serviceAudience: ServiceAudience
  unauthenticated: readonly OperationRule[]
  enforced: boolean
  tokenHeader: string
  passesMissingToken: boolean
  passesOtherTokens: boolean
  keys: KeySource
  toleranceSeconds: number
  tokenCache: TokenCache
  report: (report: Report) => void
  /** Whether anybody is told of allowed calls, and of how long decisions take. */
  isTimed: boolean
  now: () => number
}

/** Reads the options once. Whatever is wrong or missing stops the start. */
export function receiverSettings(options: ReceiverOptions, env: Environment): ReceiverSettings {
  emulatorUrl(env)
  const mode = oneOf(options.mode, 'mode', ['enforce', 'report-only']) ?? modeOf(env)
  const now = options.now ?? Date.now
  const keys = options.keys ?? googleKeys({ now })
  const allow = compileAllowList(nonEmpty(options.allow, mode))
  return {
    allow,
    serviceAudience: audienceFor({ options, env, mode, allow, now }),
    unauthenticated: (options.unauthenticated ?? []).map((route, index) =>
      routeRule(route, `unauthenticated[${index}]`),
    ),
    enforced: mode === 'enforce',
    tokenHeader:
      oneOf(options.tokenHeader, 'tokenHeader', ['authorization', 'x-caller-authorization']) ??
      'authorization',
    passesMissingToken: passes(options.missingToken, 'missingToken'),
    passesOtherTokens: passes(options.otherTokens, 'otherTokens'),
    keys,
    toleranceSeconds: tolerance(options.clockToleranceSeconds),
    tokenCache: createTokenCache(maxEntries(options.tokenCache)),
    report: createReporter({
      mode,
      keys,
      env,
      now,
      onDecision: options.onDecision,
      log: options.log,
    }),
    isTimed: options.onDecision !== undefined,
    now,
  }
}

function nonEmpty(allow: ReceiverOptions['allow'], mode: string): ReceiverOptions['allow'] {
  if (!Array.isArray(allow)) {
    throw new TypeError(
      `allow is ${JSON.stringify(allow)}: list the service accounts that may call, such as ["login@acme.iam.gserviceaccount.com"]`,
    )
  }
  if (allow.length > 0 || mode === 'report-only') return allow
  throw new TypeError(
    'allow is empty, so nobody could call: list the service accounts that may, such as ["login@acme.iam.gserviceaccount.com"], or set mode: "report-only" to find out who does',
  )
}

function audienceFor({
  options,
  env,
  mode,
  allow,
  now,
}: {
  options: ReceiverOptions
  env: Environment
  mode: string
  allow: AllowList
  now: () => number
}): ServiceAudience {
  const found = serviceAudience(compileAudience(options.audience, 'audience'), { env, now })
  if (found !== undefined) return found
  const entries = [...allow.values()].flat()
  const isNeeded = entries.length === 0 || entries.some(({ audiences }) => audiences === undefined)
  if (!isNeeded) return { get: () => [], known: () => [] }
  if (mode === 'report-only') return unknownAudience
  throw new TypeError(
    'no audience: set audience, or COUNTERSIGN_AUDIENCE, to the URL that callers put in aud, such as "https://search-123.us-central1.run.app". Only on Cloud Run is it found by itself',
  )
}

function passes(option: 'refuse' | 'pass' | undefined, name: string): boolean {
  return oneOf(option, name, ['refuse', 'pass']) === 'pass'
}

function oneOf<T extends string>(
  value: T | undefined,
  name: string,
  words: readonly T[],
): T | undefined {
  if (value === undefined || words.includes(value)) return value
  throw new TypeError(
    `${name} is ${JSON.stringify(value)}: write ${words.map((word) => `"${word}"`).join(' or ')}`,
  )
}

function tolerance(seconds = 30): number {
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= 60) return seconds
  throw new TypeError(`clockToleranceSeconds is ${seconds}: write a number from 0 to 60`)
}

function maxEntries(option: ReceiverOptions['tokenCache']): number {
  if (option === false) return 0
  const entries = option?.maxEntries ?? 1000
  if (Number.isInteger(entries) && entries >= 1 && entries <= 100_000) return entries
  throw new TypeError(
    `tokenCache.maxEntries is ${entries}: write a whole number from 1 to 100000, or tokenCache: false`,
  )
}
