import type { CallEvent } from '../events.ts'
import type { MintedToken } from './minted-token.ts'
import type { CompiledTarget } from './read-target.ts'
import { refusalOf } from './refusal.ts'
import { printableUrl } from './targets.ts'

/** What is known of a request when it has been answered, or has failed. */
export interface Outcome {
  url: URL
  method: string
  startedAtMs: number
  target?: CompiledTarget
  token?: MintedToken
  attempt?: number
  response?: Response
  /** The code of the error that this caller threw. */
  code?: string
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
  const { target, token, response, code } = outcome
  const refusal = response && target && refusalOf(response, target)
  return {
    target: target && (target.name ?? target.base),
    method: outcome.method,
    url: printableUrl(outcome.url),
    status: response?.status,
    refusedBy: code === undefined ? refusal?.by : 'caller',
    code: code ?? refusal?.code,
    attempt: outcome.attempt ?? 1,
    tokenAgeMs: token && now - token.issuedAtMs,
    durationMs: now - outcome.startedAtMs,
  }
}
