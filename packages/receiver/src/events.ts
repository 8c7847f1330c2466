import type { Caller, DenialCode } from './decision.ts'
import type { ReceiverRulesInForce } from './receiver.ts'

/**
 * One decision, told to `onDecision`. Its texts hold no token and no control characters; `caller` has
 * the token's claims as they are.
 */
export interface DecisionEvent {
  /** `allowed`, or what would have been denied, or what was. */
  outcome: 'allowed' | 'reported' | 'denied'
  /** Why it was (or would have been) refused; undefined when allowed. */
  code: DenialCode | undefined
  /** Who called, where the signature held. */
  caller: Caller | undefined
  /** The request's method. */
  method: string | undefined
  /** The request's path, without its query and what looks like a token; 300 characters at most. */
  path: string | undefined
  /** What the token or the request had there, or what went wrong on our side; never the token. */
  got: string | undefined
  /** What would have been accepted. */
  expected: string | undefined
  /** Whether the token had been verified before. */
  cached: boolean
  /** Milliseconds that the decision took. */
  durationMs: number
}

/** What `log` takes: each is one line of JSON on stdout, as Cloud Logging reads it, where no function is given. */
export type LogEntry = DenialLogEntry | RulesLogEntry | KeysLogEntry | AudienceLogEntry

/** One denial, or how many more there were. */
export interface DenialLogEntry {
  /** `ERROR` where it is our own fault (503). */
  severity: 'WARNING' | 'ERROR'
  /** What happened and what to do. */
  message: string
  /** Why it was (or would have been) refused. */
  code: DenialCode
  /** False in report-only mode. */
  enforced: boolean
  /** The verified caller's email, where the signature held. */
  caller?: string
  /** The request's method. */
  method?: string
  /** The request's path, without its query and what looks like a token; 300 characters at most. */
  path?: string
  /** What the token or the request had there, or what went wrong on our side. */
  got?: string
  /** What would have been accepted. */
  expected?: string
  /**
   * How many entries were left out since the last one, where the rate limit left any out. An entry of
   * its own, a second later, where no other one says so.
   */
  suppressed?: number
  /**
   * `projects/PROJECT/traces/ID` where the project is known (`GOOGLE_CLOUD_PROJECT`, or Cloud Run's
   * metadata server), else the trace id.
   */
  'logging.googleapis.com/trace'?: string
}

/** Who may call: logged when the receiver is made, and whenever `latest` brings other rules. */
export interface RulesLogEntry extends Omit<ReceiverRulesInForce, 'since'> {
  /** Nothing is wrong. */
  severity: 'NOTICE'
  /** The same in short. */
  message: string
  /** What the entry tells. */
  code: 'rules_in_force'
  /** The audiences, if they are known by then. */
  audiences?: readonly string[]
  /** The emulator's origin, if its keys stand in for Google's. */
  emulator?: string
  /** The version of `@countersign/receiver`. */
  version: string
}

/**
 * How the signing keys are, if there is trouble with them: logged when it begins, once an hour while it
 * goes on, and when it is over. With `googleKeys({ onEvent })` there are no such entries.
 */
export interface KeysLogEntry {
  /** `ERROR` if there are no keys to check tokens with, `NOTICE` once the trouble is over. */
  severity: 'NOTICE' | 'WARNING' | 'ERROR'
  /** What happened and what to do. */
  message: string
  /** The type of the event that it reports. */
  code: 'stale_keys_used' | 'keys_refresh_failed' | 'keys_refreshed'
  /** Until when the keys at hand count as fresh, as an ISO time; left out if there are none. */
  freshUntil?: string
  /** When they end: from then on calls are refused with 503 `keys_unavailable`. An ISO time. */
  usableUntil?: string
  /** What went wrong last. */
  error?: string
}

/**
 * That the service's own audience can't be found on Cloud Run: logged when the first attempt fails, once
 * an hour while that goes on, and when it is found after all.
 */
export interface AudienceLogEntry {
  /** `NOTICE` once it is found. */
  severity: 'NOTICE' | 'ERROR'
  /** What happened and what to do. */
  message: string
  /** Whether it is known now. */
  code: 'audience_not_found' | 'audience_found'
  /** The audiences, once they are found. */
  audiences?: readonly string[]
  /** What went wrong last. */
  error?: string
}
