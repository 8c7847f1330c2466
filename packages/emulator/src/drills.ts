import type { Endpoint } from './events.ts'

/** What {@link Emulator.drill} takes. */
export interface DrillOptions {
  /** What goes wrong. */
  fault: Fault
  /**
   * Where it goes wrong. Left out: wherever the fault can be. Not for `rotate-keys` and `drop-key`,
   * which are of all of Google.
   */
  endpoint?: DrillableEndpoint
  /**
   * Whose metadata server and front door. Left out: everybody's, and Google's APIs, which can't tell
   * services apart.
   */
  service?: string
  /**
   * How many requests it meets until it ends by itself. Left out: it lasts until it is stopped. Not
   * for `rotate-keys` and `drop-key`.
   */
  times?: number
}

/** What goes wrong. Of several drills that meet a request, the newest counts. */
export type Fault =
  /** The answer comes later, by at most ten minutes. */
  | { kind: 'delay'; ms: number }
  /** No answer while the drill lasts. Who still waits when it is stopped is answered then. */
  | { kind: 'hang' }
  /** An error, 400 to 599: 429 and 503 with `Retry-After`, say. */
  | { kind: 'status'; status: number; retryAfterSeconds?: number }
  /** 200 and a page of HTML, as proxies and captive portals answer. */
  | { kind: 'html' }
  /** ID tokens are for `https://wrong-audience.example`. */
  | { kind: 'wrong-audience' }
  /** ID tokens have expired an hour ago. */
  | { kind: 'expired-token' }
  /** Google's clock is ahead by so many seconds, or behind where negative: at most a year. */
  | { kind: 'clock-shift'; seconds: number }
  /**
   * A new key, announced ahead as Google does: published at once beside the old one, signing from a
   * minute later. Stopped, the old one signs again, and the new one stays published for an hour.
   */
  | { kind: 'rotate-keys' }
  /**
   * A new key that nobody announced: it signs at once, and the old ones are gone from the key set.
   * Stopped, the old one is back and signs again; the new one stays published for an hour.
   */
  | { kind: 'drop-key' }

/** An endpoint where something can go wrong. */
export type DrillableEndpoint = Exclude<
  Endpoint,
  'subject-token' | 'aws-instance' | 'control' | 'unknown'
>

/** A drill that was started. */
export interface Drill extends Disposable {
  /** Its id in events and in `DELETE /emulator/v1/drills/ID`. */
  id: number
  /** Ends it; everything is as before. Does nothing where it has ended. */
  stop(): void
}
