import { isPromise } from './promises.ts'
import { errorText } from './redact.ts'

/** The parts of following rules that change. */
export interface LatestOptions<Given, Compiled> {
  /** The rules of the start. */
  first: Compiled
  /** Returns the rules that count now; undefined if they never change. */
  latest: (() => Given | Promise<Given>) | undefined
  compile: (given: Given) => Compiled
  /** Reports, not at each call but for each reason, and each hour again, why newer rules were not taken. */
  warn: (error: unknown) => void
  now: () => number
}

/** Rules that are followed as they change. */
export interface Latest<Compiled> {
  /** The rules that count now; while they are asked for, a promise, which never rejects. */
  get(): Compiled | Promise<Compiled>
  /** The rules that counted last. */
  known(): Compiled
}

/** How long a call waits for newer rules. If they come later, they count for later calls. */
const patienceMs = 2000

/**
 * Follows rules that change. They are asked for at each call, not by a timer: Cloud Run freezes the
 * CPU between requests. Rules that can't be had or compiled change nothing: the old ones stay, and
 * the process warns.
 */
export function followLatest<Given, Compiled>({
  first,
  latest,
  compile,
  warn,
  now,
}: LatestOptions<Given, Compiled>): Latest<Compiled> {
  if (latest === undefined) return { get: () => first, known: () => first }
  const ask = latest
  let rules = first
  let compiled: unknown = first
  const news = createNews(now)
  let asked = 0
  let answered = 0

  /** An answer that arrives after a newer one is ignored: it could restore access that was revoked. */
  function take(given: Given, question: number): Compiled {
    if (question < answered) return rules
    answered = question
    if (given !== compiled) {
      compiled = given
      rules = compile(given)
    }
    news.settle()
    return rules
  }

  function keep(error: unknown): Compiled {
    if (news.isNew(errorText(error))) warn(error)
    return rules
  }

  function get(): Compiled | Promise<Compiled> {
    asked += 1
    const question = asked
    try {
      const given = ask()
      if (!isPromise(given)) return take(given, question)
      const taken = Promise.resolve(given).then((late) => take(late, question))
      return within(taken.catch(keep), () => keep(new Error(`no answer in ${patienceMs} ms`)))
    } catch (error) {
      return keep(error)
    }
  }

  return { get, known: () => rules }
}

/** Settles with the promise's value, or with `without()` if it takes too long. The promise must not reject. */
function within<T>(promise: Promise<T>, without: () => T): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(without()), patienceMs)
    promise.then(resolve).finally(() => clearTimeout(timer))
  })
}

const repeatAfterMs = 3_600_000
const settledAfterMs = 60_000
const mostReasons = 10

/**
 * Decides which reasons are reported. The message of an error can be another one each time, and what follows
 * the rules can fail at every other call: neither must write a line at each call.
 */
function createNews(now: () => number): { isNew(reason: string): boolean; settle(): void } {
  const reported = new Set<string>()
  let since = 0

  function isOlderThan(ms: number): boolean {
    const elapsed = now() - since
    return elapsed < 0 || elapsed >= ms
  }

  return {
    isNew(reason) {
      if (isOlderThan(repeatAfterMs)) reported.clear()
      if (reported.has(reason) || reported.size === mostReasons) return false
      if (reported.size === 0) since = now()
      reported.add(reason)
      return true
    },
    settle() {
      if (reported.size > 0 && isOlderThan(settledAfterMs)) reported.clear()
    },
  }
}
