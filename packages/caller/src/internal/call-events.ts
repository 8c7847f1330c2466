import type { IdTokenError, TargetNotAllowedError } from '../errors.ts'
import type { CallEvent } from '../events.ts'
import type { MintedToken } from './minted-token.ts'
import type { CompiledTarget } from './read-target.ts'
import { refusalOf } from './refusal.ts'
import type { OutgoingRequest } from './request.ts'
import { printableUrl } from './targets.ts'

/** What is known of a call when it has been answered, or has failed. */
export interface Outcome {
  readonly request: Pick<OutgoingRequest, 'url' | 'method' | 'headers'>
  readonly startedAtMs: number
  readonly target?: CompiledTarget | undefined
  readonly token?: MintedToken
  readonly attempt?: number
  readonly response?: Response
  /** What this caller threw. */
  readonly refusal?: TargetNotAllowedError | IdTokenError
  /** What it would have thrown, had it not been in report-only mode. */
  readonly reported?: TargetNotAllowedError
}

/** Tells `onCall` of an outcome. */
export type Report = (outcome: Outcome) => void

/**
 * Makes what reports to `onCall`, which never breaks a call: what it throws, at once or later, goes
 * nowhere.
 */
export function createReport(onCall: (event: CallEvent) => void, now: () => number): Report {
  return (outcome) => {
    const event = toEvent(outcome, now())
    const told = async (): Promise<void> => onCall(event)
    told().catch(() => {})
  }
}

function toEvent(outcome: Outcome, now: number): CallEvent {
  const { request, target, token, response, refusal, reported } = outcome
  const own = refusal ?? reported
  const answer = response && target && refusalOf(response, target)
  return {
    target: target && (target.name ?? target.base),
    method: request.method,
    url: printableUrl(request.url),
    status: response?.status,
    refusedBy: own ? 'caller' : answer?.by,
    code: own?.code ?? answer?.code,
    enforced: refusal !== undefined || reported === undefined,
    attempt: outcome.attempt ?? 1,
    tokenAgeMs: token && now - token.issuedAtMs,
    durationMs: now - outcome.startedAtMs,
  }
}
