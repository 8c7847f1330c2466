import type { ReceiverRules } from '../options.ts'
import { errorText } from './error-text.ts'
import type { Rules } from './rules.ts'

/** What is needed to follow rules that change. */
export interface RulesSource {
  /** Those of the start. */
  first: Rules
  latest: (() => ReceiverRules | Promise<ReceiverRules>) | undefined
  compile: (given: ReceiverRules) => Rules
}

/** The rules that count. */
export interface CurrentRules {
  /** Those that count now; a promise while it is asked whether there are newer ones. */
  get(): Rules | Promise<Rules>
  /** Those that counted last. */
  known(): Rules
}

/**
 * Follows rules that change. Asked at each call, not told by a timer: Cloud Run
 * freezes the CPU between requests. Rules that can't be had or compiled change nothing: the old ones
 * stay, and the process warns of it.
 */
export function currentRules({ first, latest, compile }: RulesSource): CurrentRules {
  if (latest === undefined) return { get: () => first, known: () => first }
  const ask = latest
  let rules = first
  let compiled: unknown = first

  function take(given: ReceiverRules): Rules {
    if (given === compiled) return rules
    compiled = given
    try {
      rules = compile(given)
    } catch (error) {
      warn(error)
    }
    return rules
  }

  function keep(error: unknown): Rules {
    warn(error)
    return rules
  }

  function get(): Rules | Promise<Rules> {
    try {
      const given = ask()
      return given instanceof Promise ? given.then(take).catch(keep) : take(given)
    } catch (error) {
      return keep(error)
    }
  }

  return { get, known: () => rules }
}

function warn(error: unknown): void {
  const why = errorText(error)
  process.emitWarning(`newer rules were not taken, and the old ones stay: ${why}`, {
    type: 'CountersignWarning',
    code: 'COUNTERSIGN_RULES_REFUSED',
  })
}
