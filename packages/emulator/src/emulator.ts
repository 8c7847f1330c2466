import type { CryptoKey } from 'jose'
import type { FederationConfig, ServiceAccountKey, UserCredentials } from './credential-files.ts'
import type { Drill, DrillOptions } from './drills.ts'
import type { EmulatorEvent } from './events.ts'
import type { PushOptions, PushResult } from './pushes.ts'

/**
 * Google's side of service-to-service calls, running on this machine for every service of a policy.
 *
 * All servers listen on 127.0.0.1, unless told otherwise. Nothing downstream can tell them from Google but by their keys.
 */
export interface Emulator extends AsyncDisposable {
  /** Base URL of Google's APIs: keys, token endpoint, IAM Credentials. No trailing slash. */
  readonly url: string
  /**
   * The key that signs ID tokens now. In process only, so that tests can sign wrong tokens with a
   * key that the receivers trust; no endpoint hands it out.
   */
  readonly signingKey: SigningKey
  /**
   * What was asked of the emulator, oldest first, and how it was answered. Never a token. Keeps the
   * last 10,000.
   *
   * @example
   * How many ID tokens did login fetch?
   * ```ts
   * emulator.requests.filter((r) => r.endpoint === 'identity' && r.service === 'login').length
   * ```
   */
  readonly requests: readonly EmulatorRequest[]
  /**
   * What has happened, and what happens: tokens, calls with all their layers, pushes and drills.
   * Never a token, a key or an assertion. As `GET /emulator/v1/events` tells it.
   *
   * @example
   * Why was the last call refused?
   * ```ts
   * const call = emulator.events.kept.findLast((event) => event.type === 'call')
   * console.log(call?.refusedBy, call?.code, call?.layers)
   * ```
   */
  readonly events: EmulatorEvents
  /**
   * What to put in the environment of a service, beside what it has, so that it and every Google
   * client library in it find the emulator: `GCE_METADATA_HOST`, `COUNTERSIGN_EMULATOR`,
   * `COUNTERSIGN_AUDIENCE`, `PORT`, ...
   *
   * Never sets what Cloud Run sets (`K_SERVICE` and the like): with them our packages refuse to
   * start beside an emulator.
   *
   * @example
   * ```ts
   * spawn('node', ['server.ts'], { env: { ...process.env, ...emulator.env('login') } })
   * ```
   *
   * @param service a service of the policy
   * @throws TypeError where the policy has no such service
   */
  env(service: string): Record<string, string>
  /**
   * The URL of a service's Cloud Run front door: where its callers go, and where IAM is checked.
   *
   * @param service a service of the policy that has a URL
   * @throws TypeError where the policy has no such service, or it has no URL
   */
  frontDoor(service: string): string
  /**
   * Lets a service's front door send its calls to an app that listens elsewhere than at the `PORT`
   * of its environment, such as an app inside a test.
   *
   * @param service a service of the policy that has a URL
   * @param url an http origin, such as `http://127.0.0.1:8080`
   * @throws TypeError for an unknown service, or a URL that isn't an http origin
   */
  forwardTo(service: string, url: string | URL): void
  /**
   * Grants `allUsers` the role `run.invoker` on a service, or takes it away again.
   *
   * @param service a service of the policy that has a URL
   * @param isPublic whether anybody gets through its front door
   * @throws TypeError where the policy has no such service, or it has no URL
   */
  setPublic(service: string, isPublic: boolean): void
  /**
   * A key file's content for a service's account, as `gcloud iam service-accounts keys create`
   * writes it. Its `token_uri` is the emulator's. The same key each time.
   *
   * @param service a service of the policy
   * @throws TypeError where the policy has no such service
   */
  serviceAccountKey(service: string): Promise<ServiceAccountKey>
  /**
   * A person's credentials file, as `gcloud auth application-default login` leaves it. What it gets
   * at the token endpoint: an access token, and an ID token whose `aud` is the file's `client_id`,
   * whatever audience was asked for. The same file for the same person each time.
   *
   * Only refresh tokens of such files are known; they never expire.
   *
   * @param email the person's
   * @default 'developer@example.com'
   * @throws TypeError for what is no email
   */
  userCredentials(email?: string): UserCredentials
  /**
   * A Workload Identity Federation configuration, as `gcloud iam workload-identity-pools
   * create-cred-config` writes it, with which a machine outside Google becomes a service's account.
   *
   * The emulator is the foreign provider too: its `credential_source` is a URL that gives subject
   * tokens. Only those are exchanged at `/v1/token`, and the federated principal may act as this
   * service's account and no other.
   *
   * @example
   * ```ts
   * const file = join(folder, 'federation.json')
   * await writeFile(file, JSON.stringify(emulator.federation('login')))
   * spawn('node', ['job.ts'], { env: { ...process.env, GOOGLE_APPLICATION_CREDENTIALS: file } })
   * ```
   *
   * @param service a service of the policy
   * @throws TypeError where the policy has no such service
   */
  federation(service: string): FederationConfig
  /**
   * An ID token as Google would issue it, for tests. Signed anew each time.
   *
   * @example
   * A token that expired an hour ago
   * ```ts
   * const hourAgo = Math.floor(Date.now() / 1000) - 3600
   * await emulator.idToken('login', audience, { iat: hourAgo - 3600, exp: hourAgo })
   * ```
   *
   * @param serviceOrEmail a service of the policy, or any email: a stranger's, say
   * @param audience what goes into `aud`
   * @param overrides claims to set otherwise; `undefined` leaves one out
   * @throws TypeError for a name that is neither a service nor an email
   */
  idToken(serviceOrEmail: string, audience: string, overrides?: ClaimOverrides): Promise<string>
  /**
   * Lets something go wrong, to see how services bear it. As `POST /emulator/v1/drills` does.
   *
   * @example
   * login's next three token fetches are refused
   * ```ts
   * const fault = { kind: 'status', status: 429, retryAfterSeconds: 1 } as const
   * const drill = await emulator.drill({ fault, endpoint: 'identity', service: 'login', times: 3 })
   * drill.stop()
   * ```
   *
   * @param options what, where, for whom and how often
   * @throws TypeError for a wrong option
   */
  drill(options: DrillOptions): Promise<Drill>
  /**
   * Lets a Google product of the policy's `pushes` deliver to its service, through the front door,
   * signed, and with that product's headers, body, default `aud` and retries. As
   * `POST /emulator/v1/push` does.
   *
   * @example
   * ```ts
   * const { outcome } = await emulator.push('orders', { data: { order: 7 }, speed: 1000 })
   * ```
   *
   * @param name a push of the policy
   * @param options what is delivered, and how patiently
   * @returns once it is acknowledged or given up
   * @throws TypeError where the policy has no such push, or for a wrong option
   */
  push(name: string, options?: PushOptions): Promise<PushResult>
  /**
   * Stops every server and ends every connection. Resolves once the ports are free again, and a
   * recording is whole.
   */
  stop(): Promise<void>
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

/** A private RSA key and the name that its public half has in the key set. */
export interface SigningKey {
  /** Begins with `emulator-`, which no key id of Google's does. */
  readonly kid: string
  /** For RS256. */
  readonly privateKey: CryptoKey
}

/** Claims of an ID token to set otherwise; `undefined` leaves a claim out. */
export type ClaimOverrides = Readonly<Record<string, unknown>>

/** One request that the emulator answered. */
export interface EmulatorRequest {
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly at: number
  /** What was asked. */
  readonly endpoint: Endpoint
  /** Whose metadata server, or whose front door; undefined for Google's APIs. */
  readonly service?: string
  /** The account that a token was issued to, or that a verified token names. */
  readonly account?: string
  /** The `aud` asked for. */
  readonly audience?: string
  /** The HTTP status that it was answered with. */
  readonly status: number
  /** The drill that changed the answer. */
  readonly drill?: number
  /** At a front door: why the call did not reach the app. */
  readonly refusal?: FrontDoorRefusal
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
  /** IAM Credentials. */
  | 'generate-id-token'
  | 'generate-access-token'
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
