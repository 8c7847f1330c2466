import type { LogEntry } from '../events.ts'
import type { Environment } from './environment.ts'
import type { HeaderPair } from './request-headers.ts'

/** Says of each entry whether it is written, and how many of its kind were not since the last one. */
export interface RateLimit {
  /** @param tellRest told of those that no later entry of this code has counted */
  admit(
    code: LogEntry['code'],
    tellRest: (suppressed: number) => void,
  ): { suppressed: number } | undefined
}

interface Budget {
  second: number
  admitted: number
  suppressed: number
}

const perSecond = 10
const tellAfterMs = 1000

/**
 * Admits so many of each code a second and counts the rest: a call that is missing on the list may be
 * made a thousand times a second, must be seen in the first minute, and must not fill the disk.
 */
export function rateLimit(now: () => number): RateLimit {
  const budgets = new Map<LogEntry['code'], Budget>()

  function budgetOf(code: LogEntry['code']): Budget {
    const second = Math.floor(now() / 1000)
    const known = budgets.get(code)
    if (known?.second === second) return known
    const budget = { second, admitted: 0, suppressed: known?.suppressed ?? 0 }
    budgets.set(code, budget)
    return budget
  }

  function taken(budget: Budget): number {
    const { suppressed } = budget
    budget.suppressed = 0
    return suppressed
  }

  /** A burst may be the last that comes; the timer only helps, and keeps no process alive. */
  function tellLater(code: LogEntry['code'], tellRest: (suppressed: number) => void): void {
    const timer = setTimeout(() => {
      const suppressed = taken(budgets.get(code) as Budget)
      if (suppressed > 0) tellRest(suppressed)
    }, tellAfterMs)
    timer.unref()
  }

  return {
    admit(code, tellRest) {
      const budget = budgetOf(code)
      if (budget.admitted === perSecond) {
        if (budget.suppressed === 0) tellLater(code, tellRest)
        budget.suppressed += 1
        return undefined
      }
      budget.admitted += 1
      return { suppressed: taken(budget) }
    },
  }
}

/** Writes an entry as Cloud Logging reads it: one line of JSON on stdout. */
export function writeLine(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify(entry)}\n`)
}

/**
 * The trace that a call belongs to, as Cloud Logging wants it.
 *
 * @see https://cloud.google.com/trace/docs/trace-log-integration
 */
export function traceOf(headers: readonly HeaderPair[], env: Environment): string | undefined {
  const parent = headerText(headers, 'traceparent')?.split('-')[1]
  const id = parent ?? headerText(headers, 'x-cloud-trace-context')?.split('/')[0]
  if (id === undefined || !/^[0-9a-f]{32}$/.test(id)) return undefined
  const project = env.GOOGLE_CLOUD_PROJECT
  return project ? `projects/${project}/traces/${id}` : id
}

function headerText(headers: readonly HeaderPair[], wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
}
