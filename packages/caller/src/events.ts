import type { IdTokenErrorCode, TargetNotAllowedCode } from './errors.ts'

/** One call, told to `onCall`. Holds no token. */
export interface CallEvent {
  /**
   * The name, else the URL, of the target that the call was signed for, or should have been; undefined
   * for a call that is on no list.
   */
  target: string | undefined
  /** The request's method; empty where `headers(url)` wasn't told it. */
  method: string
  /** The URL that was called, without user, query, fragment and what looks like a token; 300 characters at most. */
  url: string
  /** The answer's status; undefined where there was none. */
  status: number | undefined
  /** Who refused the call, if anybody did: this caller, IAM's front door, the receiver, the app. */
  refusedBy: 'caller' | 'platform' | 'receiver' | 'application' | undefined
  /** The code of the refusal: this caller's own, or the receiver's `Countersign-Code`. */
  code: string | undefined
  /**
   * False where this caller would have refused the call, and report-only sent it all the same: then
   * `refusedBy` is `caller`, `code` says why, and `status` is what it was answered.
   */
  enforced: boolean
  /** 1, or 2 when the call was repeated with a new token. */
  attempt: number
  /** Milliseconds since the token was issued; undefined where none was attached. */
  tokenAgeMs: number | undefined
  /**
   * Milliseconds from sending to the answer's headers, or to its failure, without the wait for a token.
   * Where no token came, how long it was waited for; about 0 for a call that was refused at once.
   */
  durationMs: number
}

/**
 * A call that this caller refused, or would have, as Cloud Logging reads it from a line of JSON; or
 * how many more there were.
 */
export interface LogEntry {
  /** `ERROR` where there was no token to send, else `WARNING`. */
  severity: 'WARNING' | 'ERROR'
  /** Why, and what to do about it. */
  message: string
  /** The code of the refusal. */
  code: TargetNotAllowedCode | IdTokenErrorCode
  /** False where report-only sent the call all the same. */
  enforced: boolean
  /** The target's name, else its URL; left out for a call that is on no list. */
  target?: string
  /** The request's method; left out where the entry only counts. */
  method?: string
  /** The URL as in {@link CallEvent.url}; left out where the entry only counts. */
  url?: string
  /** What the call was answered, where it was sent. */
  status?: number
  /**
   * How many entries of this code were left out since the last one, where the rate limit left any out.
   * An entry of its own, a second later, where no other one says so.
   */
  suppressed?: number
  /** `projects/PROJECT/traces/ID` where the project is known, else the trace id. */
  'logging.googleapis.com/trace'?: string
}
