import type { Environment } from '@countersign/shared/environment'
import { createRateLimit, traceOf, writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import { redact, redactedPath } from '@countersign/shared/redact'
import type { Caller, DenialCode } from '../decision.ts'
import type { DecisionEvent, LogEntry } from '../events.ts'
import { type KeySource, keyAtHand } from '../keys/key-source.ts'
import type { Operation } from '../rules/operation.ts'
import type { Failure } from './failure.ts'
import type { UnverifiedJws } from './jws.ts'
import { logEntryOf, summaryOf } from './log-entry.ts'
import { projectFinder } from './project.ts'
import { headerText } from './push.ts'
import { holds } from './signature.ts'
import type { CallHeaders } from './token.ts'

/** A decision, as the reporter is told of it. */
export interface Report {
  call: CallHeaders
  operation: Operation
  failure?: Failure
  /** The token whose claims the failure speaks of, where its signature was not looked at. */
  unverified?: UnverifiedJws | undefined
  caller?: Caller | undefined
  cached: boolean
  startedAt: number
}

/** What the reporter needs. */
export interface ReporterSettings {
  mode: 'enforce' | 'report-only'
  onDecision: ((event: DecisionEvent) => void) | undefined
  log: false | ((entry: LogEntry) => void) | undefined
  keys: KeySource
  env: Environment
  now: () => number
}

/** Tells events and the log of decisions. */
export function createReporter(settings: ReporterSettings): (report: Report) => void {
  const { mode, onDecision, log = writeLine, keys, env, now } = settings
  if (onDecision === undefined && log === false) return () => {}
  const outcome = mode === 'enforce' ? 'denied' : 'reported'
  const tell = harmless(onDecision, 'onDecision')
  const write = harmless(log || undefined, 'log')
  const project = projectFinder(env)
  const limit = createRateLimit(now)

  function admitted(code: DenialCode, caller: Caller | undefined) {
    return limit.admit(code, caller?.email, (suppressed) =>
      write(summaryOf(code, { outcome, suppressed })),
    )
  }

  function reportDenial(report: Report & { failure: Failure }): void {
    const { code, got, expected } = report.failure
    const admission = admitted(code, report.caller)
    // Only texts that are written are made.
    if (onDecision === undefined && !admission) return
    const isTold = isFree(report) || (admission && isGenuine(report.unverified, keys))
    const event = eventOf(report, {
      outcome,
      got: isTold ? gotText(got) : undefined,
      expected: expectedText(expected),
    })
    tell(event)
    if (!admission || log === false) return
    write(logEntryOf(event, { ...admission, trace: traceIn(report.call.headers, project) }))
  }

  return (report) => {
    const { failure } = report
    if (failure !== undefined) reportDenial({ ...report, failure })
    else tell(eventOf(report, { outcome: 'allowed' }))
  }
}

function traceIn(headers: CallHeaders['headers'], project: () => string | undefined) {
  const traceparent = headerText(headers, 'traceparent')
  const cloudTraceContext = headerText(headers, 'x-cloud-trace-context')
  return traceOf({ traceparent, cloudTraceContext, project })
}

/** A claim is told only after its signature held: where that is so already, telling costs nothing. */
function isFree({ failure, unverified }: Report): boolean {
  return failure?.got === undefined || unverified === undefined
}

/** A failure that came before the RSA check pays for one here, which is why the rate limit is first. */
function isGenuine(jws: UnverifiedJws | undefined, keys: KeySource): boolean {
  try {
    const kid = String(jws?.header.kid)
    if (jws === undefined || !keys.health().kids.includes(kid)) return false
    const key = keyAtHand(keys, kid)
    return key !== undefined && holds(jws, key)
  } catch {
    return false
  }
}

const longestMethod = 50
const longestText = 256

/** Whoever made a genuine token chose its audience, and may have chosen another token for it. */
function gotText(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return redact(typeof value === 'string' ? value : JSON.stringify(value), longestText)
}

/** What is accepted is our own words. */
function expectedText(text: string | undefined): string | undefined {
  return text && text.length > longestText ? `${text.slice(0, longestText)}…` : text
}

function eventOf(
  { failure, caller, operation, cached, startedAt }: Report,
  more: Pick<DecisionEvent, 'outcome'> & Partial<DecisionEvent>,
): DecisionEvent {
  const { method, target } = operation
  return {
    code: failure?.code,
    caller,
    method: method === undefined ? undefined : redact(method, longestMethod),
    path: target === undefined ? undefined : redactedPath(target),
    got: undefined,
    expected: undefined,
    cached,
    durationMs: performance.now() - startedAt,
    ...more,
  }
}
