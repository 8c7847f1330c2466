import type { Environment } from '@countersign/shared/environment'
import { createRateLimit, refused, traceOf, writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import { redact, redactedPath } from '@countersign/shared/redact'
import type { Caller, DenialCode } from '../decision.ts'
import type { DecisionEvent, DenialLogEntry, LogEntry } from '../events.ts'
import { type KeySource, keyAtHand } from '../keys/key-source.ts'
import { metadata } from '../rules/metadata-server.ts'
import type { Operation } from '../rules/operation.ts'
import { denialOf, type Failure } from './denials.ts'
import type { UnverifiedJws } from './jws.ts'
import { headerText } from './push.ts'
import type { CallHeaders } from './token.ts'
import { holds } from './verify-token.ts'

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

type Outcome = DecisionEvent['outcome']

/** A denial as the log tells it. */
export function logEntryOf(
  event: DecisionEvent,
  { suppressed, trace }: { suppressed: number; trace: string | undefined },
): DenialLogEntry {
  const { outcome, code = 'token_missing', caller, method, path, got, expected } = event
  const { detail } = denialOf(code)
  return {
    severity: severityOf(code),
    message: `countersign ${refused(outcome === 'denied')} a call: ${code}. ${detail}`,
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

/** Denials that were too many to tell one by one. */
export function summaryOf(
  code: DenialCode,
  { outcome, suppressed }: { outcome: Outcome; suppressed: number },
): DenialLogEntry {
  return {
    severity: severityOf(code),
    message: `countersign ${refused(outcome === 'denied')} ${suppressed} more calls: ${code}`,
    code,
    enforced: outcome === 'denied',
    suppressed,
  }
}

/** What is our own fault is for whoever runs the service. */
function severityOf(code: DenialCode): DenialLogEntry['severity'] {
  return denialOf(code).status === 503 ? 'ERROR' : 'WARNING'
}

const timeoutMs = 3000

/**
 * Makes the function that names the project, which Cloud Logging wants before a trace: of
 * `GOOGLE_CLOUD_PROJECT`, which Cloud Run doesn't set, else of its metadata server. That is asked when
 * first needed, and nobody waits for it.
 */
export function projectFinder(env: Environment): () => string | undefined {
  let project = env.GOOGLE_CLOUD_PROJECT || undefined
  let isAsked = !env.K_SERVICE

  async function ask(): Promise<void> {
    isAsked = true
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      project = await metadata('project/project-id', { env, signal })
    } catch {
      isAsked = false
    }
  }

  return () => {
    if (project === undefined && !isAsked) void ask()
    return project
  }
}
