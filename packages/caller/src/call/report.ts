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
import type { Emulation } from '../targets/emulation.ts'
import type { CompiledTarget } from '../targets/target.ts'
import type { IdToken } from '../tokens/id-token.ts'
import { refusalOf } from './answer-refusal.ts'
import type { HeaderPair } from './headers.ts'
import { createRefusalNotices, type RefusalNotice } from './refusal-notice.ts'
import type { OutgoingRequest } from './request.ts'

/** Reports an outcome to `onCall` and to the log. */
export type Report = (outcome: Outcome) => void

/** The listeners, and what their events and entries need. */
export interface ReportSettings {
  onCall: ((event: CallEvent) => void) | undefined
  log: false | ((entry: LogEntry) => void) | undefined
  mode: 'enforce' | 'report-only'
  env: Environment
  now: () => number
  /** Undefined without an emulator, which is told of refused calls. */
  emulation: Emulation | undefined
}

/**
 * Creates the reporter; undefined if there is no listener, no log and no emulator. In enforce mode refusals are
 * thrown, so they are logged only on request.
 */
export function createReport(settings: ReportSettings): Report | undefined {
  const { onCall, log, mode, env, now, emulation } = settings
  const logged = log ?? (mode === 'report-only' && writeLine)
  const notice = emulation && createRefusalNotices(emulation, now)
  if (!onCall && !logged && !notice) return undefined
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
    if (outcome.refusal) notice?.(noticeOf(event, outcome, outcome.refusal))
  }
}

function noticeOf(
  { method }: CallEvent,
  { request, target }: Outcome,
  { code }: OwnRefusal,
): RefusalNotice {
  return { method, target: target?.name, url: request.url, code }
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

/** Of a method that is not a standard one. */
const maxMethodLength = 50

/** A call that was answered, or that failed. */
export interface Outcome {
  request: Pick<OutgoingRequest, 'url' | 'method' | 'headers'>
  startedAtMs: number
  target?: CompiledTarget | undefined
  token?: IdToken | undefined
  attempt?: number
  response?: Response
  /** The error that this caller threw. */
  refusal?: OwnRefusal
  /** In report-only mode: the error that enforce mode would have thrown. */
  reported?: TargetNotAllowedError
}

/** Why this caller sent nothing. */
type OwnRefusal = TargetNotAllowedError | IdTokenError

/** Why this caller refused the call, or would have refused it. */
function ownRefusal({ refusal, reported }: Outcome): OwnRefusal | undefined {
  return refusal ?? reported
}

/** Returns the event for `onCall`. */
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

/** Returns the log entry for a call that this caller refused, or would have refused. */
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

/** Returns the log entry for calls that the rate limit left out. */
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

/** A log line has no `cause`, so the place that a redirect led to is part of the message. */
function wordsOf({ message, hint, cause }: OwnRefusal): string {
  const why = isTargetNotAllowedError(cause) ? `: ${cause.message}` : ''
  return `${message}${why}. ${hint}`
}
