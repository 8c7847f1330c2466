import type { Layer, Party } from './layers.ts'
import type { Endpoint } from './requests.ts'

/**
 * What happened in an emulator, as its page, its recordings and {@link Emulator.events} tell it.
 * Never a token, a key or an assertion: of a token only the claims, and only as "claimed" until the
 * front door has verified it.
 */
export type EmulatorEvent = TokenIssued | CallHandled | PushAttempted | DrillChanged

/** What all events have. */
interface Base {
  /** Rises by one with each event of an emulator; events are told in this order. */
  readonly id: number
  /** Milliseconds since the epoch, by the emulator's clock, when it began. */
  readonly at: number
}

/** Somebody asked for a token, and got one or not. */
export interface TokenIssued extends Base {
  readonly type: 'token'
  readonly endpoint: Endpoint
  /** Whose metadata server was asked; undefined for Google's APIs. */
  readonly service?: string
  /** The account that the token is of. */
  readonly account?: string
  /** The `aud` asked for; undefined for access tokens. */
  readonly audience?: string
  readonly status: number
  /** `cached`: the metadata server handed out the token that it had. */
  readonly from?: 'minted' | 'cached'
  readonly durationMs: number
  /** The id of the drill that changed the answer. */
  readonly drill?: number
}

/** A call came to a front door. */
export interface CallHandled extends Base {
  readonly type: 'call'
  /** Who called. Undefined: no token, or one that says nothing. */
  readonly caller?: Party
  /** The service that was called. */
  readonly receiver: string
  readonly method: string
  /** Path and query as they were sent. */
  readonly target: string
  /** What the caller got; 499 where it hung up before that. */
  readonly status: number
  /** Milliseconds until the head of the answer. */
  readonly durationMs: number
  /** Who refused it; undefined where nobody did, and where a drill answered. */
  readonly refusedBy?: 'front-door' | 'receiver' | 'application'
  /** The receiver's `Countersign-Code`, or the front door's refusal. */
  readonly code?: string
  /** The trace id of `traceparent` or `X-Cloud-Trace-Context`. */
  readonly trace?: string
  /** Whether the policy lets this caller call this receiver with this method and path. */
  readonly declared: boolean
  /** What to add to the policy so that it would be let through, as JSONC; only where `declared` is false. */
  readonly snippet?: string
  /** The token event this call's token came from, where it was issued here. */
  readonly token?: number
  /** The id of the drill that it met at the front door. */
  readonly drill?: number
  /** The call that this one repeats, from the page or the command line. */
  readonly replayOf?: number
  /** In the order they happened. */
  readonly layers: readonly Layer[]
}

/** One delivery of a push was tried. */
export interface PushAttempted extends Base {
  readonly type: 'push'
  /** The name in the policy's `pushes`. */
  readonly push: string
  readonly kind: 'pubsub' | 'cloud-tasks' | 'cloud-scheduler' | 'eventarc'
  readonly to: string
  /** Which delivery: its id in the answer of `POST /emulator/v1/push`, and {@link PushResult.delivery}. */
  readonly delivery: number
  /** From 1. */
  readonly attempt: number
  readonly status: number
  /** Milliseconds until the next attempt, unsped; undefined: acknowledged or given up. */
  readonly retryInMs?: number
  readonly outcome: 'acknowledged' | 'will-retry' | 'given-up'
}

/** A drill began or ended. */
export interface DrillChanged extends Base {
  readonly type: 'drill'
  /** The drill's own id. */
  readonly drill: number
  /** In words, such as `identity of login: 429, 3 times`. */
  readonly summary: string
  readonly active: boolean
}

/**
 * Events, oldest first: iterated, those that are kept and then each as it happens, until the emulator
 * is stopped. An iterator that is left behind by 10,000 events misses some.
 *
 * @example
 * ```ts
 * for await (const event of emulator.events) {
 *   if (event.type === 'call' && !event.declared) console.log(event.snippet)
 * }
 * ```
 */
export interface EmulatorEvents extends AsyncIterable<EmulatorEvent> {
  /** The newest 10,000, of at most 20 million characters together as JSON. A copy each time. */
  readonly kept: readonly EmulatorEvent[]
}
