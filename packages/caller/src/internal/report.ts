import type { CallEvent, LogEntry } from '../events.ts'
import { eventOf, type Outcome, type OwnRefusal, ownRefusal } from './call-events.ts'
import type { Environment } from './environment.ts'
import { rateLimit, traceOf, writeLine } from './log.ts'
import { logEntryOf, summaryOf } from './log-entry.ts'

/** Tells `onCall` and the log of an outcome. */
export type Report = (outcome: Outcome) => void

/** Who wants to know of calls. */
export interface ReportSettings {
  readonly onCall: ((event: CallEvent) => void) | undefined
  readonly log: false | ((entry: LogEntry) => void) | undefined
  readonly mode: 'enforce' | 'report-only'
  readonly env: Environment
  readonly now: () => number
}

/**
 * Makes what reports calls; undefined where nobody wants to know. What is enforced is thrown at who
 * calls, so that the log is for report-only mode unless somebody asks for it.
 */
export function createReport({ onCall, log, mode, env, now }: ReportSettings): Report | undefined {
  const write = log ?? (mode === 'report-only' && writeLine)
  if (!onCall && !write) return undefined
  const limit = rateLimit(now)

  function writeRefusal(event: CallEvent, outcome: Outcome, refusal: OwnRefusal): void {
    if (!write || event.attempt > 1) return
    const tellRest = (rest: number) => tell(write, summaryOf(event, refusal, rest))
    const admitted = limit.admit(refusal.code, tellRest)
    if (!admitted) return
    const trace = traceOf(outcome.request.headers, env)
    tell(write, logEntryOf(event, refusal, { ...admitted, trace }))
  }

  return (outcome) => {
    const refusal = ownRefusal(outcome)
    if (!onCall && !refusal) return
    const event = eventOf(outcome, now())
    if (onCall) tell(onCall, event)
    if (refusal) writeRefusal(event, outcome, refusal)
  }
}

/** A listener breaks no call: what it throws, at once or later, goes nowhere. */
function tell<T>(listener: (told: T) => void, what: T): void {
  const told = async (): Promise<void> => listener(what)
  told().catch(() => {})
}
