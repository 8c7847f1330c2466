import type { ReceiverRules } from '../options.ts'
import { errorText } from './error-text.ts'
import { isPromise } from './is-promise.ts'
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
  /** Those that count now; a promise, which never rejects, while it is asked whether there are newer ones. */
  get(): Rules | Promise<Rules>
  /** Those that counted last. */
  known(): Rules
}

/** What a call waits for newer rules, which are taken when they come all the same. */
const patienceMs = 2000

/**
 * Follows rules that change. Asked at each call, not told by a timer: Cloud Run freezes the CPU
 * between requests. Rules that can't be had or compiled change nothing: the old ones stay, and the
 * process warns of it.
 */
export function currentRules({ first, latest, compile }: RulesSource): CurrentRules {
  if (latest === undefined) return { get: () => first, known: () => first }
  const ask = latest
  const warn = createWarning()
  let rules = first
  let compiled: unknown = first
  let asked = 0
  let answered = 0

  /** An answer that is overtaken by a later question's is no news: it would undo what was revoked. */
  function take(given: ReceiverRules, question: number): Rules {
    if (question < answered) return rules
    answered = question
    if (given !== compiled) {
      compiled = given
      rules = compile(given)
    }
    warn.forget()
    return rules
  }

  function keep(error: unknown): Rules {
    warn.tell(error)
    return rules
  }

  function get(): Rules | Promise<Rules> {
    asked += 1
    const question = asked
    try {
      const given = ask()
      if (!isPromise(given)) return take(given, question)
      const landing = Promise.resolve(given).then((late) => take(late, question))
      return within(landing.catch(keep), () => keep(new Error(`no answer in ${patienceMs} ms`)))
    } catch (error) {
      return keep(error)
    }
  }

  return { get, known: () => rules }
}

/** Settles with what is promised, or without once patience has run out. The promise must not reject. */
function within<T>(promise: Promise<T>, without: () => T): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(without()), patienceMs)
    promise.then(resolve).finally(() => clearTimeout(timer))
  })
}

/** Says a thing once, not at each call, until there is news. */
function createWarning(): { tell(error: unknown): void; forget(): void } {
  let told: string | undefined
  return {
    tell(error) {
      const why = errorText(error)
      if (why === told) return
      told = why
      process.emitWarning(`newer rules were not taken, and the old ones stay: ${why}`, {
        type: 'CountersignWarning',
        code: 'COUNTERSIGN_RULES_REFUSED',
      })
    },
    forget() {
      told = undefined
    },
  }
}
