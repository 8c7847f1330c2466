import type { Caller } from '../decision.ts'
import type { DecisionEvent, LogEntry } from '../events.ts'
import type { KeySource } from '../key-source.ts'
import { denialOf } from './denials.ts'
import type { Environment } from './environment.ts'
import type { Failure } from './failure.ts'
import type { UnverifiedJws } from './jws.ts'
import { keyAtHand } from './keys/key-at-hand.ts'
import { harmless } from './listener.ts'
import { rateLimit, traceOf, writeLine } from './log.ts'
import type { Operation } from './operations.ts'
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
  const tell = harmless(onDecision)
  const write = harmless(log || undefined)
  const limit = rateLimit(now)

  function reportDenial(report: Report & { failure: Failure }): void {
    const { code, expected } = report.failure
    const admitted = limit.admit(code)
    const outcome = mode === 'enforce' ? 'denied' : 'reported'
    const got = admitted && evidenceOf(report, keys)
    const event = eventOf(report, { outcome, got, expected: textOf(expected) })
    tell(event)
    if (admitted) write(logEntryOf(event, { ...admitted, trace: traceOf(report.call, env) }))
  }

  return (report) => {
    const { failure } = report
    if (failure !== undefined) reportDenial({ ...report, failure })
    else tell(eventOf(report, { outcome: 'allowed' }))
  }
}

/**
 * What was got. A claim is told only after its signature held: a failure that came before the RSA
 * check pays for one here, which is why the rate limit stands before it.
 */
function evidenceOf({ failure, unverified }: Report, keys: KeySource): string | undefined {
  if (failure?.got === undefined) return undefined
  if (unverified !== undefined && !isGenuine(unverified, keys)) return undefined
  return textOf(failure.got)
}

function isGenuine(jws: UnverifiedJws, keys: KeySource): boolean {
  const kid = String(jws.header.kid)
  if (!keys.health().kids.includes(kid)) return false
  const key = keyAtHand(keys, kid)
  return key !== undefined && holds(jws, key)
}

const longestText = 256

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text
}

function eventOf(
  { failure, caller, operation, cached, startedAt }: Report,
  more: Pick<DecisionEvent, 'outcome'> & Partial<DecisionEvent>,
): DecisionEvent {
  return {
    code: failure?.code,
    caller,
    method: operation.method,
    path: operation.target?.split('?', 1)[0],
    got: undefined,
    expected: undefined,
    cached,
    durationMs: performance.now() - startedAt,
    ...more,
  }
}

function logEntryOf(
  event: DecisionEvent,
  { suppressed, trace }: { suppressed: number; trace: string | undefined },
): LogEntry {
  const { outcome, code = 'token_missing', caller, method, path, got, expected } = event
  const { status, detail } = denialOf(code)
  return {
    severity: status === 503 ? 'ERROR' : 'WARNING',
    message: `countersign ${outcome === 'denied' ? 'denied' : 'would have denied'} a call: ${code}. ${detail}`,
    code,
    enforced: outcome === 'denied',
    ...(caller && { caller: caller.email }),
    ...(method !== undefined && { method }),
    ...(path !== undefined && { path }),
    ...(got !== undefined && { got }),
    ...(expected !== undefined && { expected }),
    ...(suppressed > 0 && { suppressed }),
    ...(trace !== undefined && { 'logging.googleapis.com/trace': trace }),
  }
}
