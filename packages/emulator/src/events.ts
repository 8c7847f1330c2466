/**
 * What happened in an emulator, as its page, its recordings and {@link Emulator.events} tell it.
 * Never a token, a key or an assertion: of a token only the claims, and only as "claimed" until the
 * front door has verified it.
 */
export type EmulatorEvent = TokenIssued | CallHandled | PushAttempted | DrillChanged

/** What all events have. */
interface Base {
  /** Rises by one with each event of an emulator; events are told in this order. */
  id: number
  /** Milliseconds since the epoch, by the emulator's clock, when it began. */
  at: number
}

/** Somebody asked for a token, and got one or not. */
export interface TokenIssued extends Base {
  type: 'token'
  endpoint: Endpoint
  /** Whose metadata server was asked; undefined for Google's APIs. */
  service?: string
  /** The account that the token is of. */
  account?: string
  /** The `aud` asked for; undefined for access tokens. */
  audience?: string
  status: number
  /** `cached`: the metadata server handed out the token that it had. */
  from?: 'minted' | 'cached'
  durationMs: number
  /** The id of the drill that changed the answer. */
  drill?: number
}

/** A call came to a front door. */
export interface CallHandled extends Base {
  type: 'call'
  /** Who called. Undefined: no token, or one that says nothing. */
  caller?: Party
  /** The service that was called. */
  receiver: string
  method: string
  /** Path and query as they were sent. */
  target: string
  /** What the caller got; 499 where it hung up before that. */
  status: number
  /** Milliseconds until the head of the answer. */
  durationMs: number
  /** Who refused it; undefined where nobody did, and where a drill answered. */
  refusedBy?: 'front-door' | 'receiver' | 'application'
  /** The receiver's `Countersign-Code`, or the front door's refusal. */
  code?: string
  /** The trace id of `traceparent` or `X-Cloud-Trace-Context`. */
  trace?: string
  /** Whether the policy lets this caller call this receiver with this method and path. */
  declared: boolean
  /** What to add to the policy so that it would be let through, as JSONC; only where `declared` is false. */
  snippet?: string
  /** The token event this call's token came from, where it was issued here. */
  token?: number
  /** The id of the drill that it met at the front door. */
  drill?: number
  /** The call that this one repeats, from the page or the command line. */
  replayOf?: number
  /** In the order they happened. */
  layers: readonly Layer[]
}

/** One delivery of a push was tried. */
export interface PushAttempted extends Base {
  type: 'push'
  /** The name in the policy's `pushes`. */
  push: string
  kind: 'pubsub' | 'cloud-tasks' | 'cloud-scheduler' | 'eventarc'
  to: string
  /** Which delivery: its id in the answer of `POST /emulator/v1/push`, and {@link PushResult.delivery}. */
  delivery: number
  /** From 1. */
  attempt: number
  status: number
  /** Milliseconds until the next attempt, unsped; undefined: acknowledged or given up. */
  retryInMs?: number
  outcome: 'acknowledged' | 'will-retry' | 'given-up'
}

/** A drill began or ended. */
export interface DrillChanged extends Base {
  type: 'drill'
  /** The drill's own id. */
  drill: number
  /** In words, such as `identity of login: 429, 3 times`. */
  summary: string
  active: boolean
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
  kept: readonly EmulatorEvent[]
}

/** Who a token says is calling. */
export interface Party {
  /** The service of the policy with this account. */
  service?: string
  account: string
  /** `false`: only claimed; the token failed the front door's checks. */
  verified: boolean
}

/** One stage of a call, with what it saw. */
export type Layer =
  /** What the caller sent. Tokens are replaced by `Bearer <claims of token below>`. */
  | { stage: 'sent'; headers: HeaderList }
  /** A bearer token of the call, decoded. */
  | {
      stage: 'token'
      header: 'x-serverless-authorization' | 'authorization' | 'proxy-authorization'
      claims: Readonly<Record<string, unknown>>
      kid?: string
      issuedHere: boolean
    }
  /** IAM's verdict. `got` and `expected` for what did not match, such as the audience. */
  | {
      stage: 'front-door'
      verdict: 'admitted' | FrontDoorRefusal
      claim?: string
      got?: string
      expected?: readonly string[]
      tolerance?: AudienceTolerance
      atMs: number
    }
  /** What the app was handed: headers after the front door. */
  | { stage: 'forwarded'; headers: HeaderList; atMs: number }
  /** The app's answer. `code` is its `Countersign-Code`, where `verifyCaller` refused. */
  | {
      stage: 'answer'
      status: number
      code?: string
      detail?: string
      headers: HeaderList
      atMs: number
    }

/**
 * Why the front door admitted a token whose `aud` is none of the service's audiences, as Cloud Run
 * does. `verifyCaller` compares exactly, and may refuse it.
 */
export type AudienceTolerance =
  /** It is the service's URL with a slash at its end. */
  | 'slash'
  /** It is the URL that was called: what a trigger of Eventarc uses that no audience was given. */
  | 'eventarc'

/** Names in the order sent, lower case. No value holds a token. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

/** One request that the emulator answered. */
export interface EmulatorRequest {
  /** Milliseconds since the epoch, by the emulator's clock. */
  at: number
  /** What was asked. */
  endpoint: Endpoint
  /** Whose metadata server, or whose front door; undefined for Google's APIs. */
  service?: string
  /** The account that a token was issued to, or that a verified token names. */
  account?: string
  /** The `aud` asked for. */
  audience?: string
  /** The HTTP status that it was answered with. */
  status: number
  /** The drill that changed the answer. */
  drill?: number
  /** At a front door: why the call did not reach the app. */
  refusal?: FrontDoorRefusal
}

/** An endpoint of the emulator, in {@link EmulatorRequest}. */
export type Endpoint =
  /** A metadata server: an ID token. */
  | 'identity'
  /** A metadata server: an access token. */
  | 'access-token'
  /** A metadata server: anything else. */
  | 'metadata'
  /** The key set as JWKS, and as X.509 certificates. */
  | 'jwks'
  | 'certs'
  /** OpenID Connect discovery. */
  | 'discovery'
  /** OAuth's token endpoint. */
  | 'token'
  /** The Security Token Service, which exchanges foreign tokens. */
  | 'sts'
  /** The foreign provider of {@link Emulator.federation}. */
  | 'subject-token'
  /** The metadata service of the EC2 instance of {@link Emulator.awsFederation}. */
  | 'aws-instance'
  /** IAM Credentials. */
  | 'generate-id-token'
  | 'generate-access-token'
  | 'sign-blob'
  | 'sign-jwt'
  /** Cloud Run, in front of a service. */
  | 'front-door'
  /** The emulator's own, under `/emulator/v1/`: drills, say. */
  | 'control'
  /** No such path, or a foreign `Host`. */
  | 'unknown'

/** Why a front door did not hand a call to the app. */
export type FrontDoorRefusal =
  /** 403: a private service, and no bearer token. */
  | 'token_missing'
  /** 401: not a valid ID token for this service. */
  | 'token_invalid'
  /** 403: a valid token of somebody who may not invoke this service. */
  | 'not_invoker'
  /** 503: nothing answers where the app should listen, or what answers is no proper HTTP. */
  | 'app_unreachable'
  /** 403: a `Host` that is neither this machine nor this service (DNS rebinding). */
  | 'host_refused'

/** What an emulator is made of; the page's first request. */
export interface EmulatorState {
  /** Another one on each start: the ids of events and drills count from 1 again. */
  run: string
  /** The emulator's base URL. */
  url: string
  services: readonly ServiceState[]
  /** The policy's arrows. */
  edges: readonly { from: string; to: string }[]
  pushes: readonly {
    name: string
    kind: PushAttempted['kind']
    to: string
    path: string
  }[]
  drills: readonly DrillChanged[]
}

/** One service of the policy. */
export interface ServiceState {
  name: string
  account: string
  /** Undefined for one that nobody can call. */
  frontDoor?: string
  /** Its URL in production. */
  url?: string
  audiences: readonly string[]
  public: boolean
}
