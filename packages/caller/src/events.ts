/** One call, told to `onCall`. Holds no token. */
export interface CallEvent {
  /** The target's name, else its URL; undefined for a call that is on no list. */
  target: string | undefined
  /** The request's method. */
  method: string
  /** The URL that was called, without its query. */
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
  /** Milliseconds from sending to the answer's headers, without the wait for a token. */
  durationMs: number
}
