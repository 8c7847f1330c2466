import type { Caller, DenialCode } from './decision.ts'

/** One decision, told to `onDecision`. Holds no token. */
export interface DecisionEvent {
  /** `allowed`, or what would have been denied, or what was. */
  outcome: 'allowed' | 'reported' | 'denied'
  /** Why it was (or would have been) refused; undefined when allowed. */
  code: DenialCode | undefined
  /** Who called, where the signature held. */
  caller: Caller | undefined
  /** The request's method. */
  method: string | undefined
  /** The request's path, without its query. */
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

/** One denial as Cloud Logging reads it from a line of JSON on stdout. */
export interface LogEntry {
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
  /** The request's path, without its query. */
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
