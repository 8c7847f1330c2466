import type { Endpoint, FrontDoorRefusal } from './emulator.ts'

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

/** Who a token says is calling. */
export interface Party {
  /** The service of the policy with this account. */
  readonly service?: string
  readonly account: string
  /** `false`: only claimed; the token failed the front door's checks. */
  readonly verified: boolean
}

/** One stage of a call, with what it saw. */
export type Layer =
  /** What the caller sent. Tokens are replaced by `Bearer <claims of token below>`. */
  | { readonly stage: 'sent'; readonly headers: HeaderList }
  /** A bearer token of the call, decoded. */
  | {
      readonly stage: 'token'
      readonly header: 'x-serverless-authorization' | 'authorization'
      readonly claims: Readonly<Record<string, unknown>>
      readonly kid?: string
      readonly issuedHere: boolean
    }
  /** IAM's verdict. `got` and `expected` for what did not match, such as the audience. */
  | {
      readonly stage: 'front-door'
      readonly verdict: 'admitted' | FrontDoorRefusal
      readonly claim?: string
      readonly got?: string
      readonly expected?: readonly string[]
      readonly atMs: number
    }
  /** What the app was handed: headers after the front door. */
  | { readonly stage: 'forwarded'; readonly headers: HeaderList; readonly atMs: number }
  /** The app's answer. `code` is its `Countersign-Code`, where `verifyCaller` refused. */
  | {
      readonly stage: 'answer'
      readonly status: number
      readonly code?: string
      readonly detail?: string
      readonly headers: HeaderList
      readonly atMs: number
    }

/** Names in the order sent, lower case. No value holds a token. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

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

/** What an emulator is made of; the page's first request. */
export interface EmulatorState {
  /** Another one on each start: the ids of events and drills count from 1 again. */
  readonly run: string
  /** The emulator's base URL. */
  readonly url: string
  readonly services: readonly ServiceState[]
  /** The policy's arrows. */
  readonly edges: readonly { readonly from: string; readonly to: string }[]
  readonly pushes: readonly {
    readonly name: string
    readonly kind: PushAttempted['kind']
    readonly to: string
    readonly path: string
  }[]
  readonly drills: readonly DrillChanged[]
}

/** One service of the policy. */
export interface ServiceState {
  readonly name: string
  readonly account: string
  /** Undefined for one that nobody can call. */
  readonly frontDoor?: string
  /** Its URL in production. */
  readonly url?: string
  readonly audiences: readonly string[]
  readonly public: boolean
}
