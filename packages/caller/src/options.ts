import type { CallEvent, LogEntry } from './events.ts'

/** The options that can change while a service runs; see `latest`. */
export type CallerRules = Pick<ServiceFetchOptions, 'targets' | 'policy'>

/** The options of `createServiceFetch` and the adapters' `signCalls`. Read once, at start-up. */
export interface ServiceFetchOptions {
  /**
   * The only places that this service may call. All other calls are refused before any network request.
   * An empty list is an error at the start.
   */
  targets: readonly (string | Target)[]
  /**
   * Returns the targets that count now, for a service whose list changes while it runs. Called before each
   * request, and again after a call waited for a token or was redirected, so that a removed target gets
   * nothing. Keep it cheap; a promise is awaited for at most two seconds. The result is compiled only if it
   * is a different object from the last one. If it is wrong, or fails, the old targets stay, with a process
   * warning (`COUNTERSIGN_TARGETS_REFUSED`). An empty list refuses every call. `watchPolicy` provides one.
   *
   * @default the targets never change
   */
  latest?: () => CallerRules | Promise<CallerRules>
  /**
   * The policy that these targets come from, for the log, `health()` and errors. It has no effect on calls.
   * `policy.caller(name)` of `@countersign/policy` provides it.
   *
   * @default none: the digest is that of the targets
   */
  policy?: PolicyVersion
  /**
   * `report-only` sends calls that `enforce` would refuse, and reports them: a call to a place that isn't
   * a target unsigned; a call whose method or path its target doesn't allow signed, since the target can
   * have the token. Both modes refuse headers that could do harm: a `Host`, `Proxy-Authorization` or
   * `X-Serverless-Authorization` of the request's own. With the emulator both refuse a target beyond it.
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
   * The fetch that sends the calls: undici's or an instrumented one, for example. Always called with a
   * string and an init, since undici's refuses the global `Request`.
   *
   * > [!WARNING]
   * > It has to respect `redirect: 'manual'`, as `fetch` does. One that follows redirects nevertheless sends
   * > the tokens to any place that an answer names; so does undici's `interceptors.redirect()`, in the
   * > call's own dispatcher or in the global one.
   *
   * @default globalThis.fetch, looked up at each call
   */
  fetch?: FetchLike
  /**
   * Called after each call, with its target, its status, who refused it, and the token's age; never the
   * token. For `headers(url)` it is called only if the list refuses the call, or would refuse it. If it
   * throws, there is one process warning.
   *
   * @default none
   */
  onCall?: (event: CallEvent) => void
  /**
   * Takes each log entry: calls that this caller refuses, or would refuse, at most ten of a code in a
   * second, the rest counted; a token that can't be renewed, once an hour; and the targets, at the start
   * and whenever they change. A function gets entries in both modes; if it throws, there is one process
   * warning. `false` turns all entries off, for example in a unit test.
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

/** The version of a policy, for the log and `health()`. */
export interface PolicyVersion {
  /** The SHA-256 of its file in hex, as `sha256sum` prints it. */
  digest: string
  /** The environment that it was resolved for. */
  environment?: string
  /** The name of this service in the policy. Errors name it, so that they say what to add there. */
  service?: string
}

/** A fetch, in the form that this package calls. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>

/**
 * A service that may be called. Of several targets with the same origin, or with the same name, one that
 * allows the call is enough. Targets with the same name must have the same URL.
 */
export interface Target {
  /**
   * An https origin, or an origin and a path prefix. With the emulator the URL that a service of the policy
   * has in production leads to its front door, and a URL beyond the emulator is refused at each call.
   */
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
   * The headers that carry the token. Cloud Run behind a domain of your own needs both that are the
   * default for *.run.app: with `x-serverless-authorization` a refusal can be attributed to the platform,
   * and a call that the platform refused can be repeated with a new token. Identity-Aware Proxy checks
   * `proxy-authorization` first, and then forwards `authorization` unchanged. That header can't be used
   * through HTTP proxies: undici's `ProxyAgent` refuses it.
   *
   * @default `authorization` and `x-serverless-authorization` for *.run.app, *.cloudfunctions.net and the
   *   emulator; elsewhere `authorization`
   */
  headers?: readonly TokenHeader[]
  /**
   * The allowed methods. `GET` implies `HEAD`.
   *
   * @default any
   */
  methods?: readonly string[]
  /**
   * The allowed paths: path-to-regexp patterns for the whole path, such as `/profiles/:id`.
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

/** A source of Google-signed ID tokens, which show which service is calling. */
export interface IdentitySource {
  /**
   * Gets an ID token for `audience`. Need not cache: `createServiceFetch` does.
   *
   * @param audience the `aud` of the token
   * @param options `signal` ends the attempt
   * @throws {@link IdTokenError} if there is no token
   */
  idToken(audience: string, options?: { signal?: AbortSignal }): Promise<string>
}

/** A source of access tokens for Google's own APIs, which can be the source of an impersonation. */
export interface AccessTokenSource {
  /**
   * Gets an access token with the scope `https://www.googleapis.com/auth/cloud-platform`.
   *
   * @param options `signal` ends the attempt
   * @throws {@link IdTokenError} if there is no token
   */
  accessToken(options?: { signal?: AbortSignal }): Promise<string>
}

/** The options of identity sources that call Google's APIs. */
export interface IdentityOptions {
  /**
   * The fetch for requests to Google: for example one with a proxy.
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
