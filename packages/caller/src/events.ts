import type { IdTokenErrorCode, TargetNotAllowedCode } from './errors.ts'
import type { CallerRulesInForce } from './health.ts'

/** One call, as reported to `onCall`. Contains no token. */
export interface CallEvent {
  /**
   * The name, else the URL, of the target that the call was signed for, or should have been signed for;
   * undefined if the call's URL is not a configured target.
   */
  target: string | undefined
  /** The request's method; empty if `headers(url)` was called without one. */
  method: string
  /** The URL of the call, without user, query, fragment and likely tokens; 300 characters at most. */
  url: string
  /** The answer's status; undefined without an answer. */
  status: number | undefined
  /** Who refused the call, if it was refused: this caller, IAM's front door, the receiver, the app. */
  refusedBy: 'caller' | 'platform' | 'receiver' | 'application' | undefined
  /** The code of the refusal: this caller's own, or the receiver's `Countersign-Code`. */
  code: string | undefined
  /**
   * False if this caller would have refused the call, but sent it in report-only mode: then `refusedBy` is
   * `caller`, `code` is the reason, and `status` is that of the answer.
   */
  enforced: boolean
  /** 1, or 2 if the call was repeated with a new token. */
  attempt: number
  /** Milliseconds since the token was issued; undefined if there was no token. */
  tokenAgeMs: number | undefined
  /**
   * Milliseconds from sending to the answer's headers, or to the failure, without the wait for a token.
   * If no token came, the length of that wait; about 0 for a call that was refused at once.
   */
  durationMs: number
}

/** An entry for `log`; without that option, one line of JSON on stdout, in Cloud Logging's shape. */
export type LogEntry = RefusalLogEntry | TargetsLogEntry | TokenLogEntry

/** The services that may be called. Logged at the start, and whenever `latest` returns other targets. */
export interface TargetsLogEntry extends Omit<CallerRulesInForce, 'since'> {
  /** Always `NOTICE`. */
  severity: 'NOTICE'
  /** A summary. */
  message: string
  /** The kind of entry. */
  code: 'targets_in_force'
  /** The emulator's origin, if it is used instead of Google. */
  emulator?: string
  /** The version of `@countersign/caller`. */
  version: string
}

/**
 * A token that can't be renewed, while the old one is still sent. Logged when the first attempt fails,
 * once an hour while attempts fail, and when there is a new token. Calls without a token throw.
 */
export interface TokenLogEntry {
  /** `NOTICE` once there is a new token. */
  severity: 'NOTICE' | 'WARNING'
  /** What happened and what to do. Contains no token. */
  message: string
  /** Whether the token could be renewed. */
  code: 'token_refresh_failed' | 'token_refreshed'
  /** The `aud` of the token. */
  audience: string
  /** When the current token expires, as an ISO time. From then on calls fail. */
  expiresAt: string
  /** Why it could not be renewed. */
  reason?: IdTokenErrorCode
}

/** A call that this caller refused, or would have refused; or the number of calls that were not logged. */
export interface RefusalLogEntry {
  /** `ERROR` if there was no token to send, else `WARNING`. */
  severity: 'WARNING' | 'ERROR'
  /** Why the call was refused, and what to do about it. */
  message: string
  /** The code of the refusal. */
  code: TargetNotAllowedCode | IdTokenErrorCode
  /** False if the call was sent nevertheless, in report-only mode. */
  enforced: boolean
  /** The target's name, else its URL; left out if the call's URL is not a configured target. */
  target?: string
  /** The request's method; left out if the entry only counts. */
  method?: string
  /** The URL as in {@link CallEvent.url}; left out if the entry only counts. */
  url?: string
  /** The answer's status, if the call was sent. */
  status?: number
  /**
   * Number of entries with this code dropped by the rate limit since the last one. If nothing else is
   * logged for a second, an entry of its own carries it.
   */
  suppressed?: number
  /** `projects/PROJECT/traces/ID` if the project is known, else the trace id. */
  'logging.googleapis.com/trace'?: string
}
