import type { Environment } from '@countersign/shared/environment'
import { createRateLimit, refused, traceOf, writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import { redact, redactedUrl } from '@countersign/shared/redact'
import {
  type IdTokenError,
  isTargetNotAllowedError,
  type TargetNotAllowedError,
} from '../errors.ts'
import type { CallEvent, LogEntry, RefusalLogEntry } from '../events.ts'
import type { CompiledTarget } from '../targets/target.ts'
import type { IdToken } from '../tokens/id-token.ts'
import { refusalOf } from './answer-refusal.ts'
import type { HeaderPair, OutgoingRequest } from './request.ts'

/** Tells `onCall` and the log of an outcome. */
export type Report = (outcome: Outcome) => void

/** Who wants to know of calls. */
export interface ReportSettings {
  onCall: ((event: CallEvent) => void) | undefined
  log: false | ((entry: LogEntry) => void) | undefined
  mode: 'enforce' | 'report-only'
  env: Environment
  now: () => number
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
    function logRest(rest: number): void {
      write(summaryOf(event, refusal, rest))
    }
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

/** Of a method that is not a known one. */
const maxMethodLength = 50

/** What is known of a call when it has been answered, or has failed. */
export interface Outcome {
  request: Pick<OutgoingRequest, 'url' | 'method' | 'headers'>
  startedAtMs: number
  target?: CompiledTarget | undefined
  token?: IdToken | undefined
  attempt?: number
  response?: Response
  /** What this caller threw. */
  refusal?: OwnRefusal
  /** What it would have thrown, had it not been in report-only mode. */
  reported?: TargetNotAllowedError
}

/** Why this caller sends nothing. */
type OwnRefusal = TargetNotAllowedError | IdTokenError

/** Why this caller refused the call, or would have. */
function ownRefusal({ refusal, reported }: Outcome): OwnRefusal | undefined {
  return refusal ?? reported
}

/** An outcome as `onCall` is told of it. */
function eventOf(outcome: Outcome, now: number): CallEvent {
  const { request, target, token, response, refusal, reported } = outcome
  const own = ownRefusal(outcome)
  const answer = response && target && refusalOf(response, target)
  return {
    target: target && (target.name ?? target.base),
    method: redact(request.method, maxMethodLength),
    url: redactedUrl(request.url),
    status: response?.status,
    refusedBy: own ? 'caller' : answer?.by,
    code: own?.code ?? answer?.code,
    enforced: refusal !== undefined || reported === undefined,
    attempt: outcome.attempt ?? 1,
    tokenAgeMs: token && now - token.issuedAtMs,
    durationMs: now - outcome.startedAtMs,
  }
}

/** A call that this caller refused, or would have, as the log tells it. */
function logEntryOf(
  { enforced, target, method, url, status }: CallEvent,
  refusal: OwnRefusal,
  { suppressed, trace }: { suppressed: number; trace: string | undefined },
): RefusalLogEntry {
  const { code } = refusal
  return {
    severity: severityOf(refusal),
    message: `countersign ${refused(enforced)} a call: ${code}. ${wordsOf(refusal)}`,
    code,
    enforced,
    ...(target !== undefined && { target }),
    method,
    url,
    ...(status !== undefined && { status }),
    ...(suppressed > 0 && { suppressed }),
    ...(trace !== undefined && { 'logging.googleapis.com/trace': trace }),
  }
}

/** Calls that were too many to tell one by one. */
function summaryOf(
  { enforced }: CallEvent,
  refusal: OwnRefusal,
  suppressed: number,
): RefusalLogEntry {
  const { code } = refusal
  return {
    severity: severityOf(refusal),
    message: `countersign ${refused(enforced)} ${suppressed} more calls: ${code}`,
    code,
    enforced,
    suppressed,
  }
}

function severityOf(refusal: OwnRefusal): RefusalLogEntry['severity'] {
  return isTargetNotAllowedError(refusal) ? 'WARNING' : 'ERROR'
}

/** A line has no causes to look into: where a redirect led is told with it. */
function wordsOf({ message, hint, cause }: OwnRefusal): string {
  const why = isTargetNotAllowedError(cause) ? `: ${cause.message}` : ''
  return `${message}${why}. ${hint}`
}
