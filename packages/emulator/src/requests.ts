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
