import type { Endpoint } from './events.ts'

/** Options of {@link Emulator.drill}. */
export interface DrillOptions {
  /** The fault to inject. */
  fault: Fault
  /**
   * The endpoint where it goes wrong. If left out, every endpoint where the fault is possible. Not
   * for `rotate-keys` and `drop-key`, which change the keys of all of Google.
   */
  endpoint?: DrillableEndpoint
  /**
   * The service whose metadata server and front door are affected. If left out, those of all
   * services, and Google's APIs, which can't tell services apart.
   */
  service?: string
  /**
   * The number of requests after which it ends by itself. If left out, it lasts until it is
   * stopped. Not for `rotate-keys` and `drop-key`.
   */
  times?: number
}

/** A fault. If several drills apply to a request, the newest one counts. */
export type Fault =
  /** The answer comes later, by at most ten minutes. */
  | { kind: 'delay'; ms: number }
  /**
   * No answer while the drill lasts. Clients that still wait when it is stopped are answered then.
   */
  | { kind: 'hang' }
  /** An error status, 400 to 599, such as 429 or 503 with `Retry-After`. */
  | { kind: 'status'; status: number; retryAfterSeconds?: number }
  /** 200 and a page of HTML, as proxies and captive portals answer. */
  | { kind: 'html' }
  /** ID tokens are for `https://wrong-audience.example`. */
  | { kind: 'wrong-audience' }
  /** ID tokens that expired an hour ago. */
  | { kind: 'expired-token' }
  /** Google's clock is ahead by this many seconds, or behind if negative: at most a year. */
  | { kind: 'clock-shift'; seconds: number }
  /**
   * Changes of allow policies count at front doors only so many seconds after they were made, as at
   * Google: at most ten minutes. Grants and settings that are older are not affected.
   */
  | { kind: 'iam-delay'; seconds: number }
  /**
   * A new key, announced ahead as Google does: it is published at once beside the old one, and
   * signs from a minute later. After the drill is stopped, the old key signs again, and the new one
   * stays published for an hour.
   */
  | { kind: 'rotate-keys' }
  /**
   * A new key without an announcement: it signs at once, and the old keys are removed from the key
   * set. After the drill is stopped, the old key is published and signs again, and the new one
   * stays published for an hour.
   */
  | { kind: 'drop-key' }

/** An endpoint where a drill is possible. */
export type DrillableEndpoint = Exclude<
  Endpoint,
  'subject-token' | 'aws-instance' | 'control' | 'unknown'
>

/** A drill that was started. */
export interface Drill extends Disposable {
  /** Its id in events and in `DELETE /emulator/v1/drills/ID`. */
  id: number
  /**
   * Why its effect is not visible yet; undefined if it is. Services keep a token for most of an
   * hour, and ask for no other one meanwhile.
   *
   * @example 'login holds a token until 14:32: the drill takes effect then, or restart login'
   */
  note?: string
  /** Ends the drill and undoes its effect. Does nothing if it has already ended. */
  stop(): void
}
