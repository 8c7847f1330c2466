/**
 * An event of an emulator, as its page, its recordings and {@link Emulator.events} show it. It
 * never contains a token, a key or an assertion. Of a token it has only the claims, and marks them
 * as claimed until the front door has verified the token.
 */
export type EmulatorEvent =
  | TokenIssued
  | CallHandled
  | PushAttempted
  | DrillChanged
  | RefusalReported
  | PolicyFollowed
  | GrantChanged
  | AccessChanged

/** Properties of all events. */
interface Base {
  /** Rises by one with each event of an emulator; events are listed in this order. */
  id: number
  /** When it began, in milliseconds since the epoch, by the emulator's clock. */
  at: number
}

/** A request for a token, answered with a token or an error. */
export interface TokenIssued extends Base {
  type: 'token'
  endpoint: Endpoint
  /** The service whose metadata server was asked; undefined for Google's APIs. */
  service?: string
  /** The account that the token was issued to. */
  account?: string
  /** The requested `aud`; undefined for access tokens. */
  audience?: string
  status: number
  /** `cached`: the metadata server handed out a token again. */
  from?: 'minted' | 'cached'
  durationMs: number
  /** The id of the drill that changed the answer. */
  drill?: number
}

/** A call came to a front door. */
export interface CallHandled extends Base {
  type: 'call'
  /** Who called; undefined if there was no token, or none with an account. */
  caller?: Party
  /** The service that was called. */
  receiver: string
  method: string
  /** Path and query as they were sent. */
  target: string
  /** The status that the caller got; 499 if it hung up before. */
  status: number
  /** Milliseconds until the head of the answer. */
  durationMs: number
  /** Who refused the call; undefined if nobody did, or a drill answered. */
  refusedBy?: 'front-door' | 'receiver' | 'application'
  /** The receiver's `Countersign-Code`, or the front door's refusal. */
  code?: string
  /** The trace id of `traceparent` or `X-Cloud-Trace-Context`. */
  trace?: string
  /** Whether the policy lets this caller call this receiver with this method and path. */
  declared: boolean
  /** JSONC to add to the policy so that the call is allowed; only if `declared` is false. */
  snippet?: string
  /** The id of the event of this call's token, if the emulator issued it. */
  token?: number
  /** The id of the drill that applied at the front door. */
  drill?: number
  /** The id of the call that this one replays, from the page or the command line. */
  replayOf?: number
  /** In the order they happened. */
  layers: readonly Layer[]
}

/** One attempt to deliver a push. */
export interface PushAttempted extends Base {
  type: 'push'
  /** The name in the policy's `pushes`. */
  push: string
  kind: 'pubsub' | 'cloud-tasks' | 'cloud-scheduler' | 'eventarc'
  to: string
  /**
   * The id of the delivery, as in the answer of `POST /emulator/v1/push`, and {@link
   * PushResult.delivery}.
   */
  delivery: number
  /** From 1. */
  attempt: number
  status: number
  /**
   * Milliseconds until the next attempt, before `speed` divides them; undefined if acknowledged or
   * given up.
   */
  retryInMs?: number
  outcome: 'acknowledged' | 'will-retry' | 'given-up'
  /** The id of the event of this attempt's call at the front door; undefined if none was recorded. */
  call?: number
}

/** A drill began or ended. */
export interface DrillChanged extends Base {
  type: 'drill'
  /** The drill's own id. */
  drill: number
  /** In words, such as `identity of login: 429, 3 times`. */
  summary: string
  active: boolean
  /**
   * Why its effect is not visible yet, such as a token that a service holds in its cache. Only if
   * `active`.
   */
  note?: string
}

/**
 * `serviceFetch` refused a call before it was sent, in a service that runs under this emulator, and
 * reported it. The emulator never saw the call; any process on this machine can report one.
 */
export interface RefusalReported extends Base {
  type: 'refusal'
  /** The service whose `serviceFetch` it was; undefined if the process does not know its name. */
  service?: string
  method: string
  /** The name of the target; undefined if the call was for none. */
  target?: string
  /** The path, without the query. */
  path: string
  /** The code of the error that the caller got, such as `target_beyond_emulator`. */
  code: string
}

/** A newer version of the policy counts from now on, after {@link Emulator.setPolicy}. */
export interface PolicyFollowed extends Base {
  type: 'policy'
  /** What counts only after a restart of the emulator, such as `services.search is new`. */
  needsRestart: readonly string[]
}

/** A role was granted or revoked: an allow policy changed. One event for each grant. */
export interface GrantChanged extends Base {
  type: 'grant'
  change: 'granted' | 'revoked'
  /** The grant, as it is now or was before. */
  grant: Grant
  /** Who changed it: not always who made the grant. */
  changedBy: GrantSource
}

/** Settings of a service changed that decide, beside its allow policy, who gets in. */
export interface AccessChanged extends Base {
  type: 'access'
  service: string
  /** All settings, as they are now. */
  access: ServiceAccess
}

/** A role that a member has on a resource: one member of one binding of an allow policy. */
export interface Grant {
  /** Such as `roles/run.invoker`. */
  role: string
  /** Such as `serviceAccount:login-run@acme.iam.gserviceaccount.com`, or `allUsers`. */
  member: string
  /** The resource whose allow policy has it. Services inherit from all others. */
  on: GrantResource
  from: GrantSource
  condition?: GrantCondition
  /**
   * Whether it lets the member call the service. `unknown`: the emulator doesn't evaluate it, and
   * the front door decides as if it weren't there; `why` has the reason.
   */
  invokes: 'yes' | 'no' | 'unknown'
  /** Why `invokes` is `no` or `unknown`, such as "The condition is not met". */
  why?: string
}

/** Where a grant came from; those of the policy file alone change with the file. */
export type GrantSource =
  /** The policy file: its callers, pushes and `public`. */
  | 'policy-file'
  /** `setIamPolicy`, as gcloud and Terraform call it. It lasts until the emulator stops. */
  | 'gcloud'
  /** `Emulator.setPublic`. It lasts until the emulator stops. */
  | 'set-public'

/** A resource that has an allow policy. */
export interface GrantResource {
  type: 'service' | 'project' | 'folder' | 'organization'
  /** A service's name in the policy, a project's id, the number of a folder or an organization. */
  id: string
}

/** When a grant counts. */
export interface GrantCondition {
  title: string
  /** In CEL, such as `request.time < timestamp("2027-01-01T00:00:00Z")`. */
  expression: string
  description?: string
}

/** The settings of a service that decide, beside its allow policy, who gets in. */
export interface ServiceAccess {
  /** `false`: everybody gets in, whatever the allow policy says (`--no-invoker-iam-check`). */
  invokerCheck: boolean
  /** Where calls can come from; all but pushes come from outside. */
  ingress: 'all' | 'internal' | 'internal-and-cloud-load-balancing'
  /** Whether Identity-Aware Proxy answers in the place of the service. It lets nobody in. */
  iap: boolean
}

/** The grant that a refused caller lacks. */
export interface MissingGrant {
  role: string
  member: string
  /** The service's name in the policy. */
  service: string
  /** The gcloud command that makes it. */
  command: string
  /** A grant of this caller that doesn't count, and why. */
  instead?: Grant
}

/**
 * Events, oldest first. An iterator yields those that are kept, and then each event as it happens,
 * until the emulator is stopped. If it falls behind by 10,000 events, it misses some.
 *
 * @example
 * ```ts
 * for await (const event of emulator.events) {
 *   if (event.type === 'call' && !event.declared) console.log(event.snippet)
 * }
 * ```
 */
export interface EmulatorEvents extends AsyncIterable<EmulatorEvent> {
  /**
   * The newest 10,000, of at most 20 million characters together as JSON. Each read returns a copy.
   */
  kept: readonly EmulatorEvent[]
}

/** The caller that a token names. */
export interface Party {
  /** The service of the policy with this account. */
  service?: string
  account: string
  /** `false` if the token failed the front door's checks, so that the account is only claimed. */
  verified: boolean
}

/** One stage of a call, and what was observed there. */
export type Layer =
  /** The headers that the caller sent. Tokens are replaced by `Bearer <claims of token below>`. */
  | { stage: 'sent'; headers: HeaderList }
  /** A bearer token of the call, decoded. */
  | {
      stage: 'token'
      header: 'x-serverless-authorization' | 'authorization' | 'proxy-authorization'
      claims: Readonly<Record<string, unknown>>
      kid?: string
      issuedHere: boolean
    }
  /**
   * The layer of IAM's decision. `got` and `expected` show what did not match, such as the
   * audience.
   */
  | {
      stage: 'front-door'
      verdict: 'admitted' | FrontDoorRefusal
      claim?: string
      got?: string
      expected?: readonly string[]
      tolerance?: AudienceTolerance
      /** The grant that the caller lacks, if the verdict is `not_invoker`. */
      missing?: MissingGrant
      atMs: number
    }
  /** The headers that the app received from the front door. */
  | { stage: 'forwarded'; headers: HeaderList; atMs: number }
  /**
   * The layer of the app's answer. `code` is its `Countersign-Code`, if `verifyCaller` refused the
   * call. `got` and `expected` are the operation and those that the emulator's policy allows this
   * caller, if the code is `operation_not_allowed`: the answer itself doesn't have them.
   */
  | {
      stage: 'answer'
      status: number
      code?: string
      detail?: string
      got?: string
      expected?: readonly string[]
      headers: HeaderList
      atMs: number
    }

/**
 * Why the front door admitted a token whose `aud` is not one of the service's audiences, as Cloud
 * Run does. `verifyCaller` compares exactly, and can refuse it.
 */
export type AudienceTolerance =
  /** The `aud` is the service's URL with a slash at its end. */
  | 'slash'
  /**
   * The `aud` is the URL that was called: the default of an Eventarc trigger without an audience.
   */
  | 'eventarc'

/** Headers in the order sent, with names in lower case. No value contains a token. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

/** One request that the emulator answered. */
export interface EmulatorRequest {
  /** Milliseconds since the epoch, by the emulator's clock. */
  at: number
  /** The endpoint that was asked. */
  endpoint: Endpoint
  /** The service whose metadata server or front door was asked; undefined for Google's APIs. */
  service?: string
  /** The account that a token was issued to, or that a verified token names. */
  account?: string
  /** The requested `aud`. */
  audience?: string
  /** The HTTP status of the answer. */
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
  /** What Google says of a token. */
  | 'token-info'
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
  /** Allow policies: Cloud Run's and Resource Manager's `getIamPolicy`, `setIamPolicy` and so on. */
  | 'allow-policy'
  /** Cloud Run's own API, for services. */
  | 'run-service'
  /** Cloud Run, in front of a service. */
  | 'front-door'
  /** The emulator's own API under `/emulator/v1/`, such as drills, and its page. */
  | 'control'
  /** No such path, or a foreign `Host`. */
  | 'unknown'

/** Why a front door did not forward a call to the app. */
export type FrontDoorRefusal =
  /** 403: a private service, and no bearer token. */
  | 'token_missing'
  /** 401: not a valid ID token for this service. */
  | 'token_invalid'
  /** 403: a valid token of an account that is not allowed to invoke this service. */
  | 'not_invoker'
  /** 404: the service's ingress settings don't let calls from outside in. */
  | 'ingress_refused'
  /** 401: Identity-Aware Proxy answers in the service's place. */
  | 'iap_refused'
  /** 503: nothing answers at the app's address, or the answer is not valid HTTP. */
  | 'app_unreachable'
  /** 403: a `Host` that is neither this machine nor this service (DNS rebinding). */
  | 'host_refused'

/** The parts of an emulator; the page requests this first. */
export interface EmulatorState {
  /** A new id on each start, since the ids of events and drills start at 1 again. */
  run: string
  /** The emulator's base URL. */
  url: string
  services: readonly ServiceState[]
  /** The policy's `calls`: which service calls which. */
  edges: readonly EdgeState[]
  pushes: readonly PushState[]
  drills: readonly DrillChanged[]
}

/** What one service may call on another. */
export interface EdgeState {
  from: string
  to: string
  /**
   * The methods and paths, as in the policy; a rule without them allows any. Undefined in
   * recordings of older versions.
   */
  rules?: readonly { methods?: readonly string[]; paths?: readonly string[] }[]
}

/** One push of the policy. */
export interface PushState {
  name: string
  kind: PushAttempted['kind']
  to: string
  path: string
  /** The methods of the deliveries. Undefined in recordings of older versions. */
  methods?: readonly string[]
  /** The account that signs the deliveries. Undefined in recordings of older versions. */
  account?: string
  /** The audience in the policy; undefined if it has none, so that the product chooses it. */
  audience?: string
}

/** One service of the policy. */
export interface ServiceState {
  name: string
  account: string
  /** Undefined for a service that nobody can call. */
  frontDoor?: string
  /** Its URL in production. */
  url?: string
  audiences: readonly string[]
  /** Whether its front door admits everybody. */
  public: boolean
  access: ServiceAccess
  /**
   * The grants on the service, and on its project, folder and organization, of roles that can let
   * somebody call it.
   */
  grants: readonly Grant[]
}
