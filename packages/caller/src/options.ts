import type { CallEvent, LogEntry } from './events.ts'

/** The options that may change while a service runs; see `latest`. */
export type CallerRules = Pick<ServiceFetchOptions, 'targets' | 'policy'>

/** What `createServiceFetch` and the adapters' `signCalls` take. Read once, at start-up. */
export interface ServiceFetchOptions {
  /**
   * The only places this service may call. Anything else is refused before any network. An empty
   * list refuses to start.
   */
  targets: readonly (string | Target)[]
  /**
   * Says which targets count now, for a service whose list changes while it runs. Asked at each call,
   * and again once a call has waited for a token or was redirected, so that whatever is taken off gets
   * nothing. A call waits for it, two seconds at most, and so cheap: what it returns is read only where
   * it is another object than the last. Targets that are wrong, or can't be had, change nothing and are a process warning
   * (`COUNTERSIGN_TARGETS_REFUSED`); an empty list refuses every call. `watchPolicy` gives one.
   *
   * @default the targets never change
   */
  latest?: () => CallerRules | Promise<CallerRules>
  /**
   * Which policy these targets come from, for the log and `health()`; decides nothing.
   * `policy.caller(name)` of `@countersign/policy` gives it.
   *
   * @default none: the digest is that of the targets
   */
  policy?: PolicyVersion
  /**
   * `report-only` sends what `enforce` would refuse, and reports it: a call on no list unsigned; one
   * that a listed target doesn't allow, by its method or path, signed, since its token may go there.
   * What could do harm is refused in both modes: a `Host`, `Proxy-Authorization` or
   * `X-Serverless-Authorization` of the request's own.
   *
   * @default `COUNTERSIGN_MODE`, else `enforce`
   */
  mode?: 'enforce' | 'report-only'
  /**
   * Where ID tokens come from.
   *
   * @default applicationDefault()
   */
  identity?: IdentitySource
  /**
   * The fetch to sign for: undici's, an instrumented one, ... Always called with a string and an
   * init, since undici's refuses the global `Request`.
   *
   * > [!WARNING]
   * > It has to heed `redirect: 'manual'`, as `fetch` does. One that follows redirects all the same
   * > carries tokens along, to wherever the answers point; so does undici's `interceptors.redirect()`,
   * > in a dispatcher of its own or the global one.
   *
   * @default globalThis.fetch, looked up at each call
   */
  fetch?: FetchLike
  /**
   * Told of each call: its target, status, who refused it, and the token's age; never the token. Of
   * `headers(url)` it hears what the list refuses, or would. What it throws is a process warning, once.
   *
   * @default nobody is told
   */
  onCall?: (event: CallEvent) => void
  /**
   * Takes each log entry: calls that this caller refuses, or would refuse, at most ten of a code in a
   * second, the rest counted; a token that can't be renewed, once an hour; and which services may be
   * called, at the start and whenever that changes. A function takes entries in both modes, and what it
   * throws is a process warning, once. `false` turns all of them off, in a unit test say.
   *
   * @default one JSON line each on stdout, in Cloud Logging's shape; in enforce mode none for refusals,
   *   since they are thrown, and none at the start outside of production
   */
  log?: false | ((entry: LogEntry) => void)
  /**
   * The clock, in milliseconds since the epoch; for tests.
   *
   * @default Date.now
   */
  now?: () => number
}

/** A policy, as the log and `health()` name it. */
export interface PolicyVersion {
  /** The SHA-256 of its file in hex, as `sha256sum` prints it. */
  digest: string
  /** The environment that it was resolved for. */
  environment?: string
}

/** A fetch as this package calls it. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>

/** A service that may be called. Targets with one origin are OR-ed, as are those with one name. */
export interface Target {
  /** An https origin, or an origin and a path prefix. */
  url: string
  /**
   * The name for `serviceFetch.to(name)`, and in events and log entries.
   *
   * @default none
   */
  name?: string
  /**
   * The `aud` of its tokens.
   *
   * @default the origin, without a revision tag (`green---svc…` becomes `svc…`); for a cloudfunctions.net
   *   URL the whole URL
   */
  audience?: string
  /**
   * Which headers carry the token. Cloud Run behind a domain of your own wants both that are the
   * default for *.run.app: with `x-serverless-authorization` a refusal may be the platform's, and a call
   * that the platform refuses can be repeated with a new token. Identity-Aware Proxy looks into
   * `proxy-authorization` first, and then hands `authorization` on as it came. What passes HTTP proxies on
   * its way can't have that one: undici's `ProxyAgent` refuses it.
   *
   * @default `authorization` and `x-serverless-authorization` for *.run.app, *.cloudfunctions.net and the
   *   emulator; elsewhere `authorization`
   */
  headers?: readonly TokenHeader[]
  /**
   * The methods that may be used. `GET` implies `HEAD`.
   *
   * @default any
   */
  methods?: readonly string[]
  /**
   * The paths that may be used: path-to-regexp patterns for the whole path, such as `/profiles/:id`.
   * `/*` at the end matches everything below: `/profiles/*` is `/profiles/7` and `/profiles/7/photo`,
   * but not `/profiles`.
   *
   * @default any
   */
  paths?: readonly string[]
  /**
   * Allows `http:` beyond loopback and the emulator: inside a VPC or a mesh.
   *
   * @default false
   */
  allowInsecureHttp?: boolean
}

/** A header that can carry an ID token. */
export type TokenHeader =
  | 'authorization'
  | 'x-serverless-authorization'
  | 'x-caller-authorization'
  | 'proxy-authorization'

/** Whoever can say, with a Google-signed ID token, which service is calling. */
export interface IdentitySource {
  /**
   * Gets an ID token for `audience`. Need not cache: `createServiceFetch` does.
   *
   * @param audience the `aud` of the token
   * @param options `signal` ends the attempt
   * @throws {@link IdTokenError} where none can be had
   */
  idToken(audience: string, options?: { signal?: AbortSignal }): Promise<string>
}

/** Whoever can get an access token for Google's own APIs: what an impersonation starts from. */
export interface AccessTokenSource {
  /**
   * Gets an access token with the scope `https://www.googleapis.com/auth/cloud-platform`.
   *
   * @param options `signal` ends the attempt
   * @throws {@link IdTokenError} where none can be had
   */
  accessToken(options?: { signal?: AbortSignal }): Promise<string>
}

/** What the identity sources take that talk to Google's APIs. */
export interface IdentityOptions {
  /**
   * The fetch to reach Google with: one with a proxy, for example.
   *
   * @default globalThis.fetch
   */
  fetch?: FetchLike
  /**
   * The clock, in milliseconds since the epoch; for tests.
   *
   * @default Date.now
   */
  now?: () => number
}
