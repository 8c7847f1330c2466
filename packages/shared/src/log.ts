/** Decides whether an entry is logged, and counts those that are not. */
export interface RateLimit {
  /**
   * @param code what the entry reports
   * @param who what it is about, if that is known for certain: the verified caller, the target
   * @param logRest called with the number of dropped entries that no later entry of this code carries
   * @returns the number of entries of this code that were dropped since the last one; undefined if this one is
   */
  admit(
    code: string,
    who: string | undefined,
    logRest: (suppressed: number) => void,
  ): { suppressed: number } | undefined
}

interface Budget {
  second: number
  admitted: number
  /** Whom an entry of this second was about. */
  named: Set<string>
  suppressed: number
}

const perSecond = 10
const namedPerSecond = 100
const logRestAfterMs = 1000

/**
 * Admits ten entries of each code a second, and counts the rest. A wrong allow-list behind Pub/Sub is
 * refused for seven days: it must be seen in the first minute, must not fill the disk, and a flood of
 * junk, which has other codes, must not hide it. After the ten, the first entry about each of a hundred
 * callers or targets is still admitted: a caller with many refused calls must not hide another one.
 */
export function createRateLimit(now: () => number): RateLimit {
  const budgets = new Map<string, Budget>()

  function budgetOf(code: string): Budget {
    const second = Math.floor(now() / 1000)
    const known = budgets.get(code)
    if (known?.second === second) return known
    const suppressed = known?.suppressed ?? 0
    const budget = { second, admitted: 0, named: new Set<string>(), suppressed }
    budgets.set(code, budget)
    return budget
  }

  function taken(budget: Budget): number {
    const { suppressed } = budget
    budget.suppressed = 0
    return suppressed
  }

  /** A burst can be the last entries of a process. The timer keeps no process alive. */
  function logRestLater(code: string, logRest: (suppressed: number) => void): void {
    const timer: Partial<NodeJS.Timeout> = setTimeout(() => {
      const suppressed = taken(budgets.get(code) as Budget)
      if (suppressed > 0) logRest(suppressed)
    }, logRestAfterMs)
    timer.unref?.()
  }

  return {
    admit(code, who, logRest) {
      const budget = budgetOf(code)
      const isFirst = isFirstAbout(who, budget)
      if (isFirst || budget.admitted < perSecond) {
        budget.admitted += 1
        return { suppressed: taken(budget) }
      }
      if (budget.suppressed === 0) logRestLater(code, logRest)
      budget.suppressed += 1
      return undefined
    },
  }
}

function isFirstAbout(who: string | undefined, { named }: Budget): boolean {
  if (who === undefined || named.has(who) || named.size === namedPerSecond) return false
  named.add(who)
  return true
}

/** Trouble that goes on: it is logged when it begins, each hour after that, and when it is over. */
export interface Trouble {
  /** Notes that there is trouble. Returns whether to log it. */
  persists(): boolean
  /** Notes that it is over. Returns whether to log that, which is so if its begin was logged. */
  ends(): boolean
}

const logTroubleEveryMs = 3_600_000

/** Decides when trouble that goes on is logged: an outage must neither flood a log nor be forgotten there. */
export function createTrouble(now: () => number): Trouble {
  let loggedAt: number | undefined
  return {
    persists() {
      const elapsed = loggedAt === undefined ? undefined : now() - loggedAt
      // After a clock was set back, the elapsed time is unknown.
      if (elapsed !== undefined && elapsed >= 0 && elapsed < logTroubleEveryMs) return false
      loggedAt = now()
      return true
    },
    ends() {
      const wasLogged = loggedAt !== undefined
      loggedAt = undefined
      return wasLogged
    },
  }
}

/**
 * Writes an entry as Cloud Logging reads it: one line of JSON on stdout. If nobody reads stdout any more, or the
 * disk is full, the entry is lost. Without a listener, the error would end the process.
 */
export function writeLine(entry: object): void {
  const { stdout } = process
  stdout.write(`${JSON.stringify(entry)}\n`, (error) => {
    if (error && stdout.listenerCount('error') === 0) stdout.once('error', () => {})
  })
}

/** The words for the mode in an entry: the call was refused, or would have been. */
export function refused(enforced: boolean): string {
  return enforced ? 'refused' : 'would have refused'
}

/** The headers of a call that name its trace, and the project that it belongs to. */
export interface TraceHeaders {
  traceparent: string | undefined
  cloudTraceContext: string | undefined
  project: () => string | undefined
}

/**
 * The trace that a call belongs to, as Cloud Logging wants it.
 *
 * @see https://cloud.google.com/trace/docs/trace-log-integration
 */
export function traceOf(headers: TraceHeaders): string | undefined {
  const parent = headers.traceparent?.split('-', 2)[1]
  const id = parent ?? headers.cloudTraceContext?.split('/', 1)[0]
  if (id === undefined || !/^[0-9a-f]{32}$/.test(id)) return undefined
  const project = headers.project()
  return project ? `projects/${project}/traces/${id}` : id
}
