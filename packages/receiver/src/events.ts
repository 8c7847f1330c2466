import type { Caller, DenialCode } from './decision.ts'
import type { ReceiverRulesInForce } from './receiver.ts'

/**
 * One decision, as `onDecision` receives it. Its texts hold no token and no control characters; `caller`
 * has the token's claims unchanged.
 */
export interface DecisionEvent {
  /** `reported` in report-only mode, for a call that would have been denied. */
  outcome: 'allowed' | 'reported' | 'denied'
  /** Why it was (or would have been) refused; undefined when allowed. */
  code: DenialCode | undefined
  /** Who called, if the signature is valid. */
  caller: Caller | undefined
  /** The request's method. */
  method: string | undefined
  /** The request's path, without its query and what looks like a token; 300 characters at most. */
  path: string | undefined
  /** The value that was refused, or what went wrong on our side; never the token. */
  got: string | undefined
  /** The value that would have been accepted. */
  expected: string | undefined
  /** Whether the token had been verified before. */
  cached: boolean
  /** The milliseconds that the decision took. */
  durationMs: number
}

/** An entry that `log` receives. Without a function as `log`, each is one line of JSON on stdout, in Cloud Logging's format. */
export type LogEntry = DenialLogEntry | RulesLogEntry | KeysLogEntry | AudienceLogEntry

/** One denial, or the number of further ones. */
export interface DenialLogEntry {
  /** `ERROR` if it is our own fault (503). */
  severity: 'WARNING' | 'ERROR'
  /** Describes what happened and what to do. */
  message: string
  /** Why it was (or would have been) refused. */
  code: DenialCode
  /** False in report-only mode. */
  enforced: boolean
  /** The verified caller's email, if the signature is valid. */
  caller?: string
  /** The request's method. */
  method?: string
  /** The request's path, without its query and what looks like a token; 300 characters at most. */
  path?: string
  /** The value that was refused, or what went wrong on our side. */
  got?: string
  /** The value that would have been accepted. */
  expected?: string
  /**
   * The number of entries with this code that the rate limit dropped since the last one. If no other
   * entry of this code follows within a second, an entry of its own carries it.
   */
  suppressed?: number
  /**
   * `projects/PROJECT/traces/ID` if the project is known (`GOOGLE_CLOUD_PROJECT`, or Cloud Run's
   * metadata server), else the trace id.
   */
  'logging.googleapis.com/trace'?: string
}

/** Who may call: logged when the receiver is created, and whenever `latest` returns other rules. */
export interface RulesLogEntry extends Omit<ReceiverRulesInForce, 'since'> {
  /** Always `NOTICE`: nothing is wrong. */
  severity: 'NOTICE'
  /** The same in short. */
  message: string
  /** The kind of the entry. */
  code: 'rules_in_force'
  /** The audiences, if they are known at that time. */
  audiences?: readonly string[]
  /** The emulator's origin, if its keys stand in for Google's. */
  emulator?: string
  /** The version of `@countersign/receiver`. */
  version: string
}

/**
 * Trouble with the signing keys: logged when it begins, once an hour while it lasts, and when it is over.
 * With `googleKeys({ onEvent })` there are no such entries.
 */
export interface KeysLogEntry {
  /** `ERROR` if there are no keys to check tokens with, `NOTICE` once the trouble is over. */
  severity: 'NOTICE' | 'WARNING' | 'ERROR'
  /** Describes what happened and what to do. */
  message: string
  /** The type of the `KeyEvent` behind it. */
  code: 'stale_keys_used' | 'keys_refresh_failed' | 'keys_refreshed'
  /** The time until which the keys at hand are fresh, as an ISO time; left out if there are no keys. */
  freshUntil?: string
  /** The time from which calls are refused with 503 `keys_unavailable`, as an ISO time. */
  usableUntil?: string
  /** The last error. */
  error?: string
}

/**
 * The service's own audience can't be found on Cloud Run: logged when the first attempt fails, once an
 * hour while attempts fail, and when it is found after all. Or nothing names it elsewhere, which only
 * report-only mode allows: logged with the rules.
 */
export interface AudienceLogEntry {
  /** `NOTICE` once it is found, `WARNING` if nothing names it in report-only mode. */
  severity: 'NOTICE' | 'WARNING' | 'ERROR'
  /** Describes what happened and what to do. */
  message: string
  /** Whether it is known now. */
  code: 'audience_not_found' | 'audience_found'
  /** The audiences, once they are found. */
  audiences?: readonly string[]
  /** The last error. */
  error?: string
}
