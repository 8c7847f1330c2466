import type { DenialCode } from '../decision.ts'
import type { LogEntry } from '../events.ts'
import { headerText } from './push.ts'
import type { CallHeaders } from './token.ts'

/** Says of each entry whether it is written, and how many of its kind were not since the last one. */
export interface RateLimit {
  admit(code: DenialCode): { suppressed: number } | undefined
}

interface Budget {
  second: number
  admitted: number
  suppressed: number
}

const perSecond = 10
const tellAfterMs = 1000

/**
 * Admits so many of each code a second and counts the rest. A wrong allow-list behind Pub/Sub is
 * refused for seven days: it must be seen in the first minute, must not fill the disk, and a flood
 * of junk, which has other codes, must not hide it.
 *
 * @param tell told of those that no later entry of their code has counted
 */
export function rateLimit(
  now: () => number,
  tell: (code: DenialCode, suppressed: number) => void,
): RateLimit {
  const budgets = new Map<DenialCode, Budget>()

  function budgetOf(code: DenialCode): Budget {
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
  function tellLater(code: DenialCode): void {
    const timer = setTimeout(() => {
      const suppressed = taken(budgets.get(code) as Budget)
      if (suppressed > 0) tell(code, suppressed)
    }, tellAfterMs)
    timer.unref()
  }

  return {
    admit(code) {
      const budget = budgetOf(code)
      if (budget.admitted === perSecond) {
        if (budget.suppressed === 0) tellLater(code)
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
export function traceOf(
  { headers }: CallHeaders,
  project: () => string | undefined,
): string | undefined {
  const parent = headerText(headers, 'traceparent')?.split('-')[1]
  const id = parent ?? headerText(headers, 'x-cloud-trace-context')?.split('/')[0]
  if (id === undefined || !/^[0-9a-f]{32}$/.test(id)) return undefined
  const name = project()
  return name ? `projects/${name}/traces/${id}` : id
}
