import type { IdTokenErrorCode, TargetNotAllowedCode } from './errors.ts'
import type { CallerRulesInForce } from './health.ts'

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

/** What `log` takes: each is one line of JSON on stdout, as Cloud Logging reads it, where no function is given. */
export type LogEntry = RefusalLogEntry | TargetsLogEntry | TokenLogEntry

/** Which services may be called: logged when the caller is made, and whenever `latest` brings other targets. */
export interface TargetsLogEntry extends Omit<CallerRulesInForce, 'since'> {
  /** Nothing is wrong. */
  severity: 'NOTICE'
  /** The same in short. */
  message: string
  /** What the entry tells. */
  code: 'targets_in_force'
  /** The emulator's origin, if it stands in for Google. */
  emulator?: string
  /** The version of `@countersign/caller`. */
  version: string
}

/**
 * That a token can't be renewed while the old one is still sent: logged when the first attempt fails,
 * once an hour while that goes on, and when there is a new one. Calls that get no token throw.
 */
export interface TokenLogEntry {
  /** `NOTICE` once there is a new token. */
  severity: 'NOTICE' | 'WARNING'
  /** What happened and what to do. Holds no token. */
  message: string
  /** Whether it could be renewed. */
  code: 'token_refresh_failed' | 'token_refreshed'
  /** The `aud` of the token. */
  audience: string
  /** When the token that is at hand expires, as an ISO time: from then on calls fail. */
  expiresAt: string
  /** Why it could not be renewed. */
  reason?: IdTokenErrorCode
}

/** A call that this caller refused, or would have; or how many more there were. */
export interface RefusalLogEntry {
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
