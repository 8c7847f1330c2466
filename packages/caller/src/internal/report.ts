import type { Environment } from '@countersign/shared/environment'
import { createRateLimit, traceOf, writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import type { CallEvent, LogEntry } from '../events.ts'
import { eventOf, type Outcome, type OwnRefusal, ownRefusal } from './call-events.ts'
import { logEntryOf, summaryOf } from './log-entry.ts'
import type { HeaderPair } from './request-headers.ts'

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
  const logged = log ?? (mode === 'report-only' && writeLine)
  if (!onCall && !logged) return undefined
  const notify = harmless(onCall, 'onCall')
  const write = harmless(logged || undefined, 'log')
  const limit = createRateLimit(now)

  function writeRefusal(event: CallEvent, outcome: Outcome, refusal: OwnRefusal): void {
    if (!logged || event.attempt > 1) return
    const logRest = (rest: number) => write(summaryOf(event, refusal, rest))
    const where = event.target ?? outcome.request.url.origin
    const admitted = limit.admit(refusal.code, where, logRest)
    if (!admitted) return
    const trace = traceIn(outcome.request.headers, env)
    write(logEntryOf(event, refusal, { ...admitted, trace }))
  }

  return (outcome) => {
    const refusal = ownRefusal(outcome)
    if (!onCall && !refusal) return
    const event = eventOf(outcome, now())
    notify(event)
    if (refusal) writeRefusal(event, outcome, refusal)
  }
}

function traceIn(headers: readonly HeaderPair[], env: Environment): string | undefined {
  return traceOf({
    traceparent: headerText(headers, 'traceparent'),
    cloudTraceContext: headerText(headers, 'x-cloud-trace-context'),
    project: () => env.GOOGLE_CLOUD_PROJECT,
  })
}

function headerText(headers: readonly HeaderPair[], wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
}
