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
  /** What the token or the request had there; never the token. */
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
  severity: 'WARNING' | 'ERROR'
  message: string
  code: DenialCode
  /** False in report-only mode. */
  enforced: boolean
  /** The verified caller's email, where the signature held. */
  caller?: string
  method?: string
  path?: string
  got?: string
  expected?: string
  /** How many entries were left out since the last one, where the rate limit left any out. */
  suppressed?: number
  /** `projects/PROJECT/traces/ID` where the project is known, else the trace id. */
  'logging.googleapis.com/trace'?: string
}
