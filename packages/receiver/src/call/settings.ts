import {
  assertFunction,
  assertKnown,
  assertObject,
  oneOf,
  printed,
} from '@countersign/shared/checks'
import { emulatorUrl } from '@countersign/shared/emulator-guard'
import { type Environment, modeFrom } from '@countersign/shared/environment'
import { followLatest, type Latest } from '@countersign/shared/latest'
import { writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import { errorText } from '@countersign/shared/redact'
import { createRulesInForce, type RulesInForce } from '@countersign/shared/rules-in-force'
import { googleKeys } from '../keys/google-keys.ts'
import { keyLogs } from '../keys/key-log.ts'
import type { KeySource } from '../keys/key-source.ts'
import type { ReceiverOptions, ReceiverRules } from '../options.ts'
import { compileRules, type Rules, type RulesContext } from '../rules/rules.ts'
import { type PassingTokens, type RulesSummary, rulesEntryOf } from '../rules/rules-in-force.ts'
import { audienceMissing, findServiceAudience } from '../rules/service-audience.ts'
import { createReport, type Report } from './report.ts'
import { createTokenCache, type TokenCache } from './token-cache.ts'

/** `ReceiverOptions` with everything checked, compiled and filled in. */
export interface ReceiverSettings {
  rules: Latest<Rules>
  /** The rules that count, for log and health. */
  inForce: RulesInForce<RulesSummary>
  enforced: boolean
  tokenHeader: string
  passesMissingToken: boolean
  passesOtherTokens: boolean
  keys: KeySource
  toleranceSeconds: number
  tokenCache: TokenCache
  report: Report
  /** Whether `onDecision` is given: it receives allowed calls too, and how long decisions take. */
  isTimed: boolean
  now: () => number
}

/** Reads the options once. Start-up fails if anything is wrong or missing. */
export function readSettings(options: ReceiverOptions, env: Environment): ReceiverSettings {
  emulatorUrl(env)
  assertOptions(options)
  const { onDecision, log, now = () => Date.now() } = options
  const mode = oneOf(options.mode, 'mode', ['enforce', 'report-only']) ?? modeFrom(env) ?? 'enforce'
  const keys = options.keys ?? googleKeys({ now })
  const write = log === false ? undefined : (log ?? writeLine)
  keyLogs.get(keys)?.writeTo(write ?? false)
  const writeEntry = harmless(write, 'log')
  const found = findServiceAudience(env, { now, write: writeEntry })
  const inForce = createRulesInForce<RulesSummary>({
    write: (rules) => {
      writeEntry(rulesEntryOf(rules, keys))
      // Only report-only mode starts without one.
      if (rules.audiences === undefined && found === undefined) writeEntry(audienceMissing)
    },
    now,
  })
  const passesMissingToken = passes(options.missingToken, 'missingToken')
  const passesOtherTokens = passes(options.otherTokens, 'otherTokens')
  const passing: PassingTokens = {
    ...(passesMissingToken && { missingToken: 'pass' }),
    ...(passesOtherTokens && { otherTokens: 'pass' }),
  }
  return {
    rules: rulesOf(options, { mode, found, passing, now }, inForce),
    inForce,
    enforced: mode === 'enforce',
    tokenHeader: oneOf(options.tokenHeader, 'tokenHeader', tokenHeaders) ?? 'authorization',
    passesMissingToken,
    passesOtherTokens,
    keys,
    toleranceSeconds: tolerance(options.clockToleranceSeconds),
    tokenCache: createTokenCache(maxEntries(options.tokenCache)),
    report: createReport({ mode, keys, env, now, onDecision, log }),
    isTimed: onDecision !== undefined,
    now,
  }
}

const optionNames: Record<keyof ReceiverOptions, true> = {
  allow: true,
  audience: true,
  unauthenticated: true,
  policy: true,
  latest: true,
  mode: true,
  tokenHeader: true,
  missingToken: true,
  otherTokens: true,
  keys: true,
  clockToleranceSeconds: true,
  tokenCache: true,
  onDecision: true,
  log: true,
  now: true,
}

/** `verifyCaller()` is the first thing that is tried. */
const whatToPass =
  '{ allow: ["login-run@acme.iam.gserviceaccount.com"] }, or policy.receiver("search")'

/**
 * Checks that the options are known and of the right kind, before anything of them is read.
 *
 * @throws {TypeError} if one is unknown, or of the wrong kind
 */
function assertOptions(options: unknown): asserts options is ReceiverOptions {
  assertObject(options, 'receiver options', whatToPass)
  assertKnown(options, Object.keys(optionNames), 'receiver options')
  const { keys, tokenCache, log, ...rest } = options as Partial<Record<string, unknown>>
  for (const name of ['latest', 'onDecision', 'now']) assertFunction(rest[name], name)
  if (log !== false) assertLog(log)
  if (keys !== undefined) assertKeySource(keys)
  if (tokenCache !== undefined && tokenCache !== false) assertTokenCache(tokenCache)
}

/** `true`, or a logger instead of its method, would silently log nothing. */
function assertLog(log: unknown): void {
  if (log === undefined || typeof log === 'function') return
  throw new TypeError(
    `log must be a function or false, but is ${printed(log)}: write a function that takes an entry, or leave it out for lines on stdout`,
  )
}

function assertKeySource(keys: unknown): void {
  const source = typeof keys === 'object' && keys !== null ? keys : {}
  const isOne = ['key', 'ready', 'health'].every(
    (name) => typeof (source as Record<string, unknown>)[name] === 'function',
  )
  if (isOne) return
  throw new TypeError(
    "keys must be a key source: write googleKeys({ … }), in a test localKeys(jwks), or leave it out for Google's keys",
  )
}

const tokenCacheNames: Record<
  keyof Exclude<ReceiverOptions['tokenCache'], false | undefined>,
  true
> = { maxEntries: true }

function assertTokenCache(option: unknown): void {
  assertObject(option, 'tokenCache')
  assertKnown(option, Object.keys(tokenCacheNames), 'tokenCache')
}

const tokenHeaders = ['authorization', 'x-caller-authorization'] as const

function rulesOf(
  options: ReceiverOptions,
  { now, ...context }: RulesContext & { now: () => number },
  inForce: RulesInForce<RulesSummary>,
): Latest<Rules> {
  const first = compileRules(options, context)
  if (first.allow.size > 0 || context.mode === 'report-only') {
    const { latest } = options
    function compile(given: ReceiverRules): Rules {
      const rules = compileLatest(given, context)
      inForce.take(rules.summary)
      return rules
    }
    return followLatest({ first, latest, compile, warn: warnOfRules, now })
  }
  throw new TypeError(
    'allow must not be empty, since nobody could call then: write the service accounts that may call, such as ["login-run@acme.iam.gserviceaccount.com"], or set mode: "report-only" to find out who calls',
  )
}

const ruleNames: Record<keyof ReceiverRules, true> = {
  allow: true,
  audience: true,
  unauthenticated: true,
  policy: true,
}

/** An unknown name is refused: a typing error must not open what it was meant to close. */
function compileLatest(given: ReceiverRules, context: RulesContext): Rules {
  assertObject(given, 'what latest returns')
  assertKnown(given, Object.keys(ruleNames), 'what latest returns')
  return compileRules(given, context)
}

function warnOfRules(error: unknown): void {
  process.emitWarning(
    `the newer rules were refused, and the old ones still count: ${errorText(error)}`,
    {
      type: 'CountersignWarning',
      code: 'COUNTERSIGN_RULES_REFUSED',
    },
  )
}

function passes(option: 'refuse' | 'pass' | undefined, name: string): boolean {
  return oneOf(option, name, ['refuse', 'pass']) === 'pass'
}

function tolerance(seconds = 30): number {
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= 60) return seconds
  throw new TypeError(
    `clockToleranceSeconds must be a number from 0 to 60, but is ${printed(seconds)}: write 30, or leave it out`,
  )
}

function maxEntries(option: ReceiverOptions['tokenCache']): number {
  if (option === false) return 0
  const entries = option?.maxEntries ?? 1000
  if (Number.isInteger(entries) && entries >= 1 && entries <= 100_000) return entries
  throw new TypeError(
    `tokenCache.maxEntries must be a whole number from 1 to 100000, but is ${printed(entries)}: write 1000, or tokenCache: false for no cache`,
  )
}
