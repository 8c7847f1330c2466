import { digestOf, firstOf } from '@countersign/shared/rules-in-force'
import type { RulesLogEntry } from '../events.ts'
import type { KeySource } from '../keys/key-source.ts'
import type { PolicyVersion } from '../options.ts'
import type { ReceiverRulesInForce } from '../receiver.ts'
import { version } from '../version.ts'
import type { AllowList, CompiledEntry } from './allow-list.ts'

/** Who may call, in words. */
export type RulesSummary = Omit<ReceiverRulesInForce, 'since'> & {
  /** The audiences that the rules or the environment name; undefined if they have to be found. */
  audiences: readonly string[] | undefined
}

/** What the words are made of, beside the allow-list. */
interface Told extends Pick<RulesSummary, 'unauthenticated' | 'audiences' | 'mode'> {
  policy: PolicyVersion | undefined
}

/** Puts compiled rules into words. */
export function rulesSummary(
  allow: AllowList,
  { unauthenticated, policy, audiences, mode }: Told,
): RulesSummary {
  const callers = [...allow].map(([email, entries]) => `${email}: ${rightsOf(entries)}`).sort()
  return {
    ...digestOf('rules', { callers, audiences, unauthenticated }, policy),
    mode,
    callers: firstOf(callers),
    callerCount: callers.length,
    unauthenticated: firstOf(unauthenticated),
    audiences,
  }
}

function rightsOf(entries: readonly CompiledEntry[]): string {
  return entries.map((entry) => entry.operations + conditionsOf(entry)).join('; ')
}

function conditionsOf({ push, subject, audiences }: CompiledEntry): string {
  const conditions = [
    push,
    subject && `subject ${subject}`,
    audiences && `audience ${audiences.join(', ')}`,
  ].filter((condition) => condition !== undefined)
  return conditions.length > 0 ? ` (${conditions.join(', ')})` : ''
}

/** The rules as the log tells them. */
export function rulesEntryOf(
  { audiences, ...rules }: RulesSummary,
  keys: KeySource,
): RulesLogEntry {
  const { mode, callerCount, digestOf: source, digest, environment } = rules
  const emulator = emulatorOf(keys)
  const callers = callerCount === 1 ? '1 caller' : `${callerCount} callers`
  const where = environment === undefined ? '' : ` (${environment})`
  return {
    severity: 'NOTICE',
    message: `countersign receiver ${version}, ${mode}: ${callers}, ${source} ${digest.slice(0, 12)}${where}`,
    code: 'rules_in_force',
    ...rules,
    ...(audiences && { audiences }),
    ...(emulator !== undefined && { emulator }),
    version,
  }
}

/** A user's key source that can't say how it is must not keep newer rules from counting. */
function emulatorOf(keys: KeySource): string | undefined {
  try {
    return keys.health().emulator
  } catch {
    return undefined
  }
}
