import type { CallerRules } from '../options.ts'
import { isPromise } from './is-promise.ts'
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
  /** Those that count now; a promise, which never rejects, while it is asked whether there are newer ones. */
  get(): TargetList | Promise<TargetList>
  /** Those that counted last. */
  known(): TargetList
}

/** What a call waits for newer targets, which are taken when they come all the same. */
const patienceMs = 2000

/**
 * Follows targets that change. Asked at each call, not told by a timer: Cloud Run freezes the CPU
 * between requests. Targets that can't be had or compiled change nothing: the old ones stay, and the
 * process warns of it.
 */
export function currentTargets({ first, latest, compile }: TargetsSource): CurrentTargets {
  if (latest === undefined) return { get: () => first, known: () => first }
  const ask = latest
  const warn = createWarning()
  let targets = first
  let compiled: unknown = first
  let asked = 0
  let answered = 0

  /** An answer that is overtaken by a later question's is no news: it would undo what was revoked. */
  function take(given: CallerRules, question: number): TargetList {
    if (question < answered) return targets
    answered = question
    if (given !== compiled) {
      compiled = given
      targets = compile(given)
    }
    warn.forget()
    return targets
  }

  function keep(error: unknown): TargetList {
    warn.tell(error)
    return targets
  }

  function get(): TargetList | Promise<TargetList> {
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

  return { get, known: () => targets }
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
      const why = redact(error instanceof Error ? error.message : String(error))
      if (why === told) return
      told = why
      process.emitWarning(`newer targets were not taken, and the old ones stay: ${why}`, {
        type: 'CountersignWarning',
        code: 'COUNTERSIGN_TARGETS_REFUSED',
      })
    },
    forget() {
      told = undefined
    },
  }
}
