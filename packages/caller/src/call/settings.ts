import { assertFunction, assertKnown, assertObject, oneOf } from '@countersign/shared/checks'
import { productionSign } from '@countersign/shared/emulator-guard'
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
import { type Emulation, readEmulation } from '../targets/emulation.ts'
import { type CompiledTarget, readTarget } from '../targets/target.ts'
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
  emulation: Emulation | undefined
}

/**
 * Reads the options and the environment.
 *
 * @throws {TypeError} if one of them is wrong
 */
export function readSettings(options: ServiceFetchOptions): Settings {
  assertShape(options)
  const environment = readEnvironment()
  const emulation = readEmulation(environment)
  const { now = () => Date.now(), onCall, log } = options
  const mode = options.mode ?? modeFrom(environment) ?? 'enforce'
  const write = harmless(log === false ? undefined : (log ?? writeLine), 'log')
  // Outside of production a script's own output is on stdout, so this log stays silent.
  const isLogged = log || mode === 'report-only' || productionSign(environment) !== undefined
  const inForce = createRulesInForce<TargetsSummary>({
    write: (targets) => {
      if (isLogged) write(targetsEntryOf(targets, emulation?.url))
    },
    now,
  })
  return {
    inForce,
    write,
    mode,
    identity: options.identity ?? applicationDefault({ now }),
    fetch: options.fetch ?? globalFetch,
    report: createReport({ onCall, log, mode, env: environment, now, emulation }),
    now,
    emulation,
    // Last: nothing is logged as in force if another option is wrong.
    targets: followTargets(options, { mode, emulation, inForce, now }),
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
  assertObject(options, 'serviceFetch options', whatToPass)
  assertKnown(options, Object.keys(optionNames), 'serviceFetch options')
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
  return followLatest({ first, latest, compile, warn: warnOfTargets, now: context.now })
}

const rulesNames: Record<keyof CallerRules, true> = { targets: true, policy: true }

interface TargetsContext extends Pick<Settings, 'mode' | 'emulation' | 'inForce' | 'now'> {}

function warnOfTargets(error: unknown): void {
  process.emitWarning(`newer targets were not taken, and the old ones stay: ${errorText(error)}`, {
    type: 'CountersignWarning',
    code: 'COUNTERSIGN_TARGETS_REFUSED',
  })
}

function readRules(
  { targets, policy }: { [name in keyof CallerRules]: unknown },
  { mode, emulation, inForce }: TargetsContext,
): TargetList {
  if (!Array.isArray(targets)) throw noTargets()
  assertPolicyVersion(policy, 'policy', ['service'])
  const read = targets.map((target, index) => readTarget(target, `targets[${index}]`, emulation))
  assertOneUrlPerName(read)
  inForce.take(targetsSummary(read, { policy, mode }))
  return createTargetList(read, { policy, emulation })
}

/** `to(name)` would call the first one, whichever was meant. Rules of one service share its URL. */
function assertOneUrlPerName(targets: readonly CompiledTarget[]): void {
  for (const [index, { name, base }] of targets.entries()) {
    const first = targets.findIndex((other) => name !== undefined && other.name === name)
    const expected = targets[first]?.base ?? base
    if (base === expected) continue
    throw new TypeError(
      `targets[${index}].url must be "${expected}", as in targets[${first}] with the same name "${name}", but is "${base}": write another name`,
    )
  }
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
