import type { CallerRules } from '../options.ts'
import { redact } from './redact.ts'
import type { TargetList } from './targets.ts'

/** What is needed to follow targets that change. */
export interface TargetsSource {
  /** Those of the start. */
  readonly first: TargetList
  readonly latest: (() => CallerRules | Promise<CallerRules>) | undefined
  readonly compile: (given: CallerRules) => TargetList
}

/** The targets that count. */
export interface CurrentTargets {
  /** Those that count now; a promise while it is asked whether there are newer ones. */
  get(): TargetList | Promise<TargetList>
  /** Those that counted last. */
  known(): TargetList
}

/**
 * Follows targets that change. Asked at each call, not told by a timer: Cloud Run freezes the CPU
 * between requests. Targets that can't be had or compiled change nothing: the old ones stay, and the
 * process warns of it.
 */
export function currentTargets({ first, latest, compile }: TargetsSource): CurrentTargets {
  if (latest === undefined) return { get: () => first, known: () => first }
  const ask = latest
  let targets = first
  let compiled: unknown = first

  function take(given: CallerRules): TargetList {
    if (given === compiled) return targets
    compiled = given
    try {
      targets = compile(given)
    } catch (error) {
      warn(error)
    }
    return targets
  }

  function keep(error: unknown): TargetList {
    warn(error)
    return targets
  }

  function get(): TargetList | Promise<TargetList> {
    try {
      const given = ask()
      return given instanceof Promise ? given.then(take).catch(keep) : take(given)
    } catch (error) {
      return keep(error)
    }
  }

  return { get, known: () => targets }
}

function warn(error: unknown): void {
  const why = redact(error instanceof Error ? error.message : String(error))
  process.emitWarning(`newer targets were not taken, and the old ones stay: ${why}`, {
    type: 'CountersignWarning',
    code: 'COUNTERSIGN_TARGETS_REFUSED',
  })
}
