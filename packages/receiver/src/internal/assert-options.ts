import { assertFunction, assertKnown, assertObject, printed } from '@countersign/shared/checks'
import type { ReceiverOptions } from '../options.ts'

const names = [
  'allow',
  'audience',
  'unauthenticated',
  'policy',
  'latest',
  'mode',
  'tokenHeader',
  'missingToken',
  'otherTokens',
  'keys',
  'clockToleranceSeconds',
  'tokenCache',
  'onDecision',
  'log',
  'now',
] satisfies (keyof ReceiverOptions)[]

/**
 * Checks that the options are what they are called, before anything of them is read.
 *
 * @throws TypeError where one is unknown, or of the wrong kind
 */
export function assertOptions(options: unknown): asserts options is ReceiverOptions {
  assertObject(options, 'options')
  assertKnown(options, names, 'options')
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
    `log is ${printed(log)}: leave it out for lines on stdout, give a function that takes an entry, or false`,
  )
}

function assertKeySource(keys: unknown): void {
  const source = typeof keys === 'object' && keys !== null ? keys : {}
  const isOne = ['key', 'ready', 'health'].every(
    (name) => typeof (source as Record<string, unknown>)[name] === 'function',
  )
  if (isOne) return
  throw new TypeError(
    "keys is no key source: leave it out for Google's keys, or write googleKeys({ … }), or in a test localKeys(jwks)",
  )
}

function assertTokenCache(option: unknown): void {
  assertObject(option, 'tokenCache')
  assertKnown(option, ['maxEntries'], 'tokenCache')
}
