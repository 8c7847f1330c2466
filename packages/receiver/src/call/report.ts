import type { Environment } from '@countersign/shared/environment'
import { createRateLimit, refused, traceOf, writeLine } from '@countersign/shared/log'
import { harmless } from '@countersign/shared/promises'
import { abortAfter } from '@countersign/shared/realm/signals'
import { redact, redactedPath } from '@countersign/shared/redact'
import type { Caller, DenialCode, Failure } from '../decision.ts'
import type { DecisionEvent, DenialLogEntry, LogEntry } from '../events.ts'
import { type KeySource, keyAtHand } from '../keys/key-source.ts'
import { metadata } from '../rules/metadata-server.ts'
import type { CallHeaders, Operation } from '../rules/operation.ts'
import { denialOf } from './denials.ts'
import type { UnverifiedJws } from './jws.ts'
import { headerText } from './push.ts'
import { isSignatureValid } from './verify-token.ts'

/** Reports a decision to `onDecision` and the log. */
export type Report = (decision: ReportedDecision) => void

/** A decision and what it was about. */
interface ReportedDecision {
  call: CallHeaders
  operation: Operation
  failure?: Failure
  /** The token that the failure is about, if its signature was not checked. */
  unverified?: UnverifiedJws | undefined
  caller?: Caller | undefined
  cached: boolean
  startedAt: number
}

interface ReportSettings {
  mode: 'enforce' | 'report-only'
  onDecision: ((event: DecisionEvent) => void) | undefined
  log: false | ((entry: LogEntry) => void) | undefined
  keys: KeySource
  env: Environment
  now: () => number
}

/** Creates the function that reports decisions. */
export function createReport(settings: ReportSettings): Report {
  const { mode, onDecision, log = writeLine, keys, env, now } = settings
  if (onDecision === undefined && log === false) return () => {}
  const outcome = mode === 'enforce' ? 'denied' : 'reported'
  const notify = harmless(onDecision, 'onDecision')
  const write = harmless(log || undefined, 'log')
  const project = createProjectFinder(env)
  const limit = createRateLimit(now)

  function admit({ code, account }: Failure, caller: Caller | undefined) {
    return limit.admit(code, caller?.email ?? account, (suppressed) =>
      write(summaryOf(code, { outcome, suppressed })),
    )
  }

  function reportDenial(decision: ReportedDecision & { failure: Failure }): void {
    const { failure, caller } = decision
    const { got, expected } = failure
    const admission = admit(failure, caller)
    // Texts that nobody reads are not made.
    if (onDecision === undefined && !admission) return
    const isGotShown = isSafeToShow(decision) || (admission && isGenuine(decision.unverified, keys))
    const event = eventOf(decision, {
      outcome,
      got: isGotShown ? gotText(got) : undefined,
      expected: expectedText(expected),
    })
    notify(event)
    if (!admission || log === false) return
    write(logEntryOf(event, { ...admission, trace: traceIn(decision.call.headers, project) }))
  }

  return (decision) => {
    const { failure } = decision
    if (failure !== undefined) reportDenial({ ...decision, failure })
    else notify(eventOf(decision, { outcome: 'allowed' }))
  }
}

/** A claim is shown only if the token's signature is valid. True if none is shown, or that was checked already. */
function isSafeToShow({ failure, unverified }: ReportedDecision): boolean {
  return failure?.got === undefined || unverified === undefined
}

/** Makes the RSA check that the early failure avoided. So the rate limit is asked before this. */
function isGenuine(jws: UnverifiedJws | undefined, keys: KeySource): boolean {
  try {
    const kid = String(jws?.header.kid)
    if (jws === undefined || !keys.health().kids.includes(kid)) return false
    const key = keyAtHand(keys, kid)
    return key !== undefined && isSignatureValid(jws, key)
  } catch {
    return false
  }
}

const longestMethod = 50
const longestText = 256

/** Redacted: the sender of a genuine token chose its audience, which can be another token. */
function gotText(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return redact(typeof value === 'string' ? value : JSON.stringify(value), longestText)
}

/** Our own words: only shortened. */
function expectedText(text: string | undefined): string | undefined {
  return text && text.length > longestText ? `${text.slice(0, longestText)}…` : text
}

function eventOf(
  { failure, caller, operation, cached, startedAt }: ReportedDecision,
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

function traceIn(headers: CallHeaders['headers'], project: () => string | undefined) {
  const traceparent = headerText(headers, 'traceparent')
  const cloudTraceContext = headerText(headers, 'x-cloud-trace-context')
  return traceOf({ traceparent, cloudTraceContext, project })
}

function logEntryOf(
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

/** One entry for the denials that the rate limit left out. */
function summaryOf(
  code: DenialCode,
  { outcome, suppressed }: { outcome: DecisionEvent['outcome']; suppressed: number },
): DenialLogEntry {
  return {
    severity: severityOf(code),
    message: `countersign ${refused(outcome === 'denied')} ${suppressed} more calls: ${code}`,
    code,
    enforced: outcome === 'denied',
    suppressed,
  }
}

/** An error if it is our own fault: the operator of this service has to act. */
function severityOf(code: DenialCode): DenialLogEntry['severity'] {
  return denialOf(code).status === 503 ? 'ERROR' : 'WARNING'
}

const projectTimeoutMs = 3000

/**
 * Creates the function that returns the project, which Cloud Logging wants before a trace. It is read
 * from `GOOGLE_CLOUD_PROJECT`, which Cloud Run doesn't set, else from Cloud Run's metadata server, which
 * is asked when the project is first needed. No call waits for it.
 */
function createProjectFinder(env: Environment): () => string | undefined {
  let project = env.GOOGLE_CLOUD_PROJECT || undefined
  let isAsked = !env.K_SERVICE

  async function ask(): Promise<void> {
    isAsked = true
    try {
      const signal = abortAfter(projectTimeoutMs)
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
