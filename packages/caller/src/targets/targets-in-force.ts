import { digestOf, firstOf, type PolicyVersion } from '@countersign/shared/rules-in-force'
import type { TargetsLogEntry } from '../events.ts'
import type { CallerRulesInForce } from '../health.ts'
import type { CompiledTarget } from './target.ts'

/** The targets that count, as text. */
export type TargetsSummary = Omit<CallerRulesInForce, 'since'>

/** Describes compiled targets. */
export function targetsSummary(
  all: readonly CompiledTarget[],
  { policy, mode }: { policy: PolicyVersion | undefined; mode: CallerRulesInForce['mode'] },
): TargetsSummary {
  const rights = Map.groupBy(all, placeOf)
  const targets = [...rights].map(([place, rules]) => `${place}: ${rightsOf(rules)}`).sort()
  return {
    ...digestOf('targets', targets, policy),
    mode,
    targets: firstOf(targets),
    targetCount: targets.length,
  }
}

function placeOf({ name, base, audience }: CompiledTarget): string {
  const place = name === undefined ? base : `${name} at ${base}`
  return audience === base ? place : `${place} (audience ${audience})`
}

function rightsOf(rules: readonly CompiledTarget[]): string {
  return rules.map(({ operations }) => operations).join('; ')
}

/** Returns the log entry for the targets. */
export function targetsEntryOf(rules: TargetsSummary, emulator: URL | undefined): TargetsLogEntry {
  const { mode, targetCount, digestOf: source, digest, environment } = rules
  const targets = targetCount === 1 ? '1 target' : `${targetCount} targets`
  const where = environment === undefined ? '' : ` (${environment})`
  return {
    severity: 'NOTICE',
    message: `countersign caller ${version}, ${mode}: ${targets}, ${source} ${digest.slice(0, 12)}${where}`,
    code: 'targets_in_force',
    ...rules,
    ...(emulator && { emulator: emulator.origin }),
    version,
  }
}

/** The version of this package: a test holds it against `package.json`. */
export const version = '0.1.0'
