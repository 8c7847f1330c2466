import { assertFunction, assertKnown, assertObject, oneOf } from '@countersign/shared/checks'
import { emulatorUrl } from '@countersign/shared/emulator-guard'
import { modeFrom, readEnvironment } from '@countersign/shared/environment'
import { followLatest, type Latest } from '@countersign/shared/latest'
import { errorText } from '@countersign/shared/redact'
import { applicationDefault } from '../identity/application-default.ts'
import type { IdentitySource } from '../identity-source.ts'
import type { CallerRules, FetchLike, ServiceFetchOptions } from '../options.ts'
import { type CompiledTarget, readTarget } from './read-target.ts'
import { createReport, type Report } from './report.ts'
import { createTargetList, type TargetList } from './targets.ts'

/** The options of a `serviceFetch`, checked, with what they leave open filled in. */
export interface Settings {
  readonly targets: Latest<TargetList>
  readonly mode: 'enforce' | 'report-only'
  readonly identity: IdentitySource
  readonly fetch: FetchLike
  /** Undefined where nobody wants to know. */
  readonly report: Report | undefined
  readonly now: () => number
  readonly emulator: URL | undefined
}

/**
 * Reads the options and the environment.
 *
 * @throws {TypeError} where one of them is wrong
 */
export function readSettings(options: ServiceFetchOptions): Settings {
  assertShape(options)
  const environment = readEnvironment()
  const emulator = emulatorUrl(environment)
  const { now = () => Date.now(), onCall, log } = options
  const mode = options.mode ?? modeFrom(environment) ?? 'enforce'
  return {
    targets: followTargets(options, emulator),
    mode,
    identity: options.identity ?? applicationDefault({ now }),
    fetch: options.fetch ?? globalFetch,
    report: createReport({ onCall, log, mode, env: environment, now }),
    now,
    emulator,
  }
}

const fields: readonly string[] = [
  'targets',
  'latest',
  'mode',
  'identity',
  'fetch',
  'onCall',
  'log',
  'now',
] satisfies (keyof ServiceFetchOptions)[]

function assertShape(options: unknown): asserts options is ServiceFetchOptions {
  assertObject(options, 'options')
  assertKnown(options, fields, 'options')
  const { latest, mode, identity, fetch, onCall, log, now } = options as Record<string, unknown>
  assertFunction(latest, 'latest')
  oneOf(mode as ServiceFetchOptions['mode'], 'mode', ['enforce', 'report-only'])
  assertIdentity(identity)
  assertFunction(fetch, 'fetch')
  assertFunction(onCall, 'onCall')
  if (log !== false) assertFunction(log, 'log')
  assertFunction(now, 'now')
}

function assertIdentity(identity: unknown): void {
  if (identity === undefined) return
  assertObject(identity, 'identity')
  if ('idToken' in identity && typeof identity.idToken === 'function') return
  throw new TypeError('identity must have a method idToken: write metadataServer(), for example')
}

/** At the start an empty list is a mistake; later it is how the last target is taken away. */
function followTargets(
  { targets, latest }: ServiceFetchOptions,
  emulator: URL | undefined,
): Latest<TargetList> {
  const read = readTargets(targets, emulator)
  if (read.length === 0) throw noTargets()
  const compile = (given: CallerRules) => createTargetList(readRules(given, emulator))
  return followLatest({ first: createTargetList(read), latest, compile, warn: warnOfTargets })
}

function warnOfTargets(error: unknown): void {
  process.emitWarning(`newer targets were not taken, and the old ones stay: ${errorText(error)}`, {
    type: 'CountersignWarning',
    code: 'COUNTERSIGN_TARGETS_REFUSED',
  })
}

function readRules(given: unknown, emulator: URL | undefined): CompiledTarget[] {
  assertObject(given, 'what latest returns')
  assertKnown(given, ['targets'], 'what latest returns')
  return readTargets((given as Partial<CallerRules>).targets, emulator)
}

function readTargets(given: unknown, emulator: URL | undefined): CompiledTarget[] {
  if (!Array.isArray(given)) throw noTargets()
  return given.map((target, index) => readTarget(target, `targets[${index}]`, emulator))
}

function noTargets(): TypeError {
  return new TypeError(
    "targets must list the services this one may call: write targets: ['https://name-123.region.run.app']",
  )
}

/** Looked up at each call, so that what is patched in later is heeded. */
function globalFetch(url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, init)
}
