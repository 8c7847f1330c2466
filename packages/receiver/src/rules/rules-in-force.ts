import { digestOf, firstOf } from '@countersign/shared/rules-in-force'
import type { RulesLogEntry } from '../events.ts'
import type { KeySource } from '../keys/key-source.ts'
import type { PolicyVersion } from '../options.ts'
import type { ReceiverRulesInForce } from '../receiver.ts'
import type { AllowList, CompiledEntry } from './allow-list.ts'

/** The version of this package: a test compares it with `package.json`. */
export const version = '0.1.0'

/** Who may call, in words. */
export type RulesSummary = Omit<ReceiverRulesInForce, 'since'> & {
  /** The audiences that the rules or the environment name; undefined if they have to be found. */
  audiences: readonly string[] | undefined
}

/** The calls that are let through with no caller; the options' names. */
export type PassingTokens = Pick<ReceiverRulesInForce, 'missingToken' | 'otherTokens'>

interface SummarySource extends Pick<RulesSummary, 'unauthenticated' | 'audiences' | 'mode'> {
  policy: PolicyVersion | undefined
  passing: PassingTokens
}

/** Describes compiled rules in words. */
export function rulesSummary(
  allow: AllowList,
  { unauthenticated, policy, audiences, mode, passing }: SummarySource,
): RulesSummary {
  const callers = [...allow].map(([email, entries]) => `${email}: ${rightsOf(entries)}`).sort()
  return {
    ...digestOf('rules', { callers, audiences, unauthenticated }, policy),
    mode,
    callers: firstOf(callers),
    callerCount: callers.length,
    unauthenticated: firstOf(unauthenticated),
    ...passing,
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

/** The log entry for the rules that count now. */
export function rulesEntryOf(
  { audiences, ...rules }: RulesSummary,
  keys: KeySource,
): RulesLogEntry {
  const { mode, callerCount, digestOf: source, digest, environment } = rules
  const emulator = emulatorOf(keys)
  const callers = callerCount === 1 ? '1 caller' : `${callerCount} callers`
  const where = environment === undefined ? '' : ` (${environment})`
  const passing = passingInWords(rules)
  return {
    severity: 'NOTICE',
    message: `countersign receiver ${version}, ${mode}: ${callers}, ${source} ${digest.slice(0, 12)}${where}${passing}`,
    code: 'rules_in_force',
    ...rules,
    ...(audiences && { audiences }),
    ...(emulator !== undefined && { emulator }),
    version,
  }
}

/** The list of callers isn't all then: the application decides about these calls. */
function passingInWords({ missingToken, otherTokens }: PassingTokens): string {
  if (missingToken && otherTokens)
    return "; calls without a token, or with another one than Google's, pass"
  if (missingToken) return '; calls without a token pass'
  return otherTokens ? "; calls with another token than Google's pass" : ''
}

/** A user's key source whose `health` throws must not stop newer rules from being applied. */
function emulatorOf(keys: KeySource): string | undefined {
  try {
    return keys.health().emulator
  } catch {
    return undefined
  }
}
