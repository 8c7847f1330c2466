import { redact, redactedUrl } from '@countersign/shared/redact'
import type { IdTokenError, TargetNotAllowedError } from '../errors.ts'
import type { CallEvent } from '../events.ts'
import type { CompiledTarget } from '../targets/target.ts'
import type { MintedToken } from '../tokens/id-token.ts'
import { refusalOf } from './refusal.ts'
import type { OutgoingRequest } from './request.ts'

/** Of a method that is not a known one. */
const maxMethodLength = 50

/** What is known of a call when it has been answered, or has failed. */
export interface Outcome {
  readonly request: Pick<OutgoingRequest, 'url' | 'method' | 'headers'>
  readonly startedAtMs: number
  readonly target?: CompiledTarget | undefined
  readonly token?: MintedToken
  readonly attempt?: number
  readonly response?: Response
  /** What this caller threw. */
  readonly refusal?: OwnRefusal
  /** What it would have thrown, had it not been in report-only mode. */
  readonly reported?: TargetNotAllowedError
}

/** Why this caller sends nothing. */
export type OwnRefusal = TargetNotAllowedError | IdTokenError

/** Why this caller refused the call, or would have. */
export function ownRefusal({ refusal, reported }: Outcome): OwnRefusal | undefined {
  return refusal ?? reported
}

/** An outcome as `onCall` is told of it. */
export function eventOf(outcome: Outcome, now: number): CallEvent {
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
