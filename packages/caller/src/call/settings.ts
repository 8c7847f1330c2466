import { assertFunction, assertKnown, assertObject, oneOf } from '@countersign/shared/checks'
import { emulatorUrl, productionSign } from '@countersign/shared/emulator-guard'
import { modeFrom, readEnvironment } from '@countersign/shared/environment'
import { followLatest, type Latest } from '@countersign/shared/latest'
import { writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import { errorText } from '@countersign/shared/redact'
import {
  assertPolicyVersion,
  createRulesInForce,
  type RulesInForce,
} from '@countersign/shared/rules-in-force'
import type { LogEntry } from '../events.ts'
import { applicationDefault } from '../identity/application-default.ts'
import type { CallerRules, FetchLike, IdentitySource, ServiceFetchOptions } from '../options.ts'
import { readTarget } from '../targets/target.ts'
import { createTargetList, type TargetList } from '../targets/targets.ts'
import { type TargetsSummary, targetsEntryOf, targetsSummary } from '../targets/targets-in-force.ts'
import { createReport, type Report } from './report.ts'

/** The options of a `serviceFetch`, checked, with their defaults. */
export interface Settings {
  targets: Latest<TargetList>
  /** The targets that count, as the log and `health()` show them. */
  inForce: RulesInForce<TargetsSummary>
  mode: 'enforce' | 'report-only'
  identity: IdentitySource
  fetch: FetchLike
  /** Undefined if there is no listener and no log. */
  report: Report | undefined
  /** Writes the log entries that are not about refused calls. */
  write: (entry: LogEntry) => void
  now: () => number
  emulator: URL | undefined
}

/**
 * Reads the options and the environment.
 *
 * @throws {TypeError} if one of them is wrong
 */
export function readSettings(options: ServiceFetchOptions): Settings {
  assertShape(options)
  const environment = readEnvironment()
  const emulator = emulatorUrl(environment)
  const { now = () => Date.now(), onCall, log } = options
  const mode = options.mode ?? modeFrom(environment) ?? 'enforce'
  const write = harmless(log === false ? undefined : (log ?? writeLine), 'log')
  // Outside of production a script's own output is on stdout, so this log stays silent.
  const isLogged = log || mode === 'report-only' || productionSign(environment) !== undefined
  const inForce = createRulesInForce<TargetsSummary>({
    write: (targets) => {
      if (isLogged) write(targetsEntryOf(targets, emulator))
    },
    now,
  })
  return {
    inForce,
    write,
    mode,
    identity: options.identity ?? applicationDefault({ now }),
    fetch: options.fetch ?? globalFetch,
    report: createReport({ onCall, log, mode, env: environment, now }),
    now,
    emulator,
    // Last: nothing is logged as in force if another option is wrong.
    targets: followTargets(options, { mode, emulator, inForce }),
  }
}

const optionNames: Record<keyof ServiceFetchOptions, true> = {
  targets: true,
  latest: true,
  mode: true,
  policy: true,
  identity: true,
  fetch: true,
  onCall: true,
  log: true,
  now: true,
}

/** `signCalls()` is the first thing that is tried. */
const whatToPass =
  '{ targets: ["https://search-123.us-central1.run.app"] }, or policy.caller("login")'

function assertShape(options: unknown): asserts options is ServiceFetchOptions {
  assertObject(options, 'options', whatToPass)
  assertKnown(options, Object.keys(optionNames), 'options')
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

/** At the start an empty list is a mistake. Later it means that the last target was removed. */
function followTargets(options: ServiceFetchOptions, context: TargetsContext): Latest<TargetList> {
  const { targets, policy, latest } = options
  if (Array.isArray(targets) && targets.length === 0) throw noTargets()
  const first = readRules({ targets, policy }, context)
  function compile(given: CallerRules): TargetList {
    assertObject(given, 'what latest returns')
    assertKnown(given, Object.keys(rulesNames), 'what latest returns')
    return readRules(given, context)
  }
  return followLatest({ first, latest, compile, warn: warnOfTargets })
}

const rulesNames: Record<keyof CallerRules, true> = { targets: true, policy: true }

interface TargetsContext extends Pick<Settings, 'mode' | 'emulator' | 'inForce'> {}

function warnOfTargets(error: unknown): void {
  process.emitWarning(`newer targets were not taken, and the old ones stay: ${errorText(error)}`, {
    type: 'CountersignWarning',
    code: 'COUNTERSIGN_TARGETS_REFUSED',
  })
}

function readRules(
  { targets, policy }: { [name in keyof CallerRules]: unknown },
  { mode, emulator, inForce }: TargetsContext,
): TargetList {
  if (!Array.isArray(targets)) throw noTargets()
  assertPolicyVersion(policy, 'policy')
  const read = targets.map((target, index) => readTarget(target, `targets[${index}]`, emulator))
  inForce.take(targetsSummary(read, { policy, mode }))
  return createTargetList(read)
}

function noTargets(): TypeError {
  return new TypeError(
    "targets must list the services that this service may call: write targets: ['https://name-123.region.run.app']",
  )
}

/** Looked up at each call, so that a later patch of `globalThis.fetch` has an effect. */
function globalFetch(url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, init)
}
