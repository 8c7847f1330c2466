import type { PushKind } from './decision.ts'
import type { DecisionEvent, LogEntry } from './events.ts'
import type { KeySource } from './keys/key-source.ts'

/** The options of `createReceiver` and of the adapters' `verifyCaller`. Read once, at start-up. */
export interface ReceiverOptions extends ReceiverRules {
  /**
   * Returns the newest rules, for a list that changes while the service runs; `watchPolicy` of
   * `@countersign/policy` returns such a function. Called before each decision, and again if the call had
   * to wait for keys or the audience, so keep it cheap, and return the same object as long as nothing
   * changed. A promise is awaited for at most two seconds. An empty `allow` then lets nobody in. If the
   * rules can't be read or are wrong, the old ones still count, and the process emits a warning
   * `COUNTERSIGN_RULES_REFUSED`.
   *
   * @default the rules never change
   */
  latest?: () => ReceiverRules | Promise<ReceiverRules>
  /**
   * `report-only` lets every call through and reports what `enforce` would have done. Wrong options make
   * start-up fail in either mode.
   *
   * @default `COUNTERSIGN_MODE`, else `enforce`
   */
  mode?: 'enforce' | 'report-only'
  /**
   * The one header that carries the token. Use `x-caller-authorization` if end users' own tokens travel
   * in `Authorization`.
   *
   * @default 'authorization'
   */
  tokenHeader?: 'authorization' | 'x-caller-authorization'
  /**
   * What to do with a call without a token: `pass` lets it through with no caller set. Refused all the same is
   * a token that names Google as its issuer and is not sent as a bearer token, for example without `Bearer`.
   *
   * @default 'refuse'
   */
  missingToken?: 'refuse' | 'pass'
  /**
   * What to do with bearer tokens that don't claim to be issued by Google, such as end users' tokens:
   * `pass` lets the call through with no caller set. These are JWTs that name another issuer, and opaque
   * tokens. Always verified or refused are a token that names Google as its issuer anywhere, in any form
   * (also with more or fewer segments, padded, nested or as JSON), a text of three segments that can't be
   * parsed, and a token over 8 KB.
   *
   * @default 'refuse'
   */
  otherTokens?: 'refuse' | 'pass'
  /**
   * Where the signing keys come from.
   *
   * @default googleKeys()
   */
  keys?: KeySource
  /**
   * The number of seconds, from 0 to 60, by which clocks can differ.
   *
   * @default 30
   */
  clockToleranceSeconds?: number
  /**
   * The bounded cache of verified tokens: `maxEntries` is 1 to 100,000. Once the cache is full, a new
   * token is stored only when it is seen a second time. `false` turns the cache off.
   *
   * @default { maxEntries: 1000 }
   */
  tokenCache?: { maxEntries?: number } | false
  /**
   * Called with each decision: its code, what was got and what was expected; never the token. If it
   * throws, the process emits a warning, once.
   *
   * @default decisions are not reported
   */
  onDecision?: (event: DecisionEvent) => void
  /**
   * Called with each log entry: denials, at most ten per code and second; trouble with keys or the
   * audience, once an hour; and who may call, at start-up and whenever that changes. `false` turns the
   * log off, for example in a unit test. If it throws, the process emits a warning, once.
   *
   * @default one JSON line on stdout in Cloud Logging's shape
   */
  log?: false | ((entry: LogEntry) => void)
  /**
   * The clock, in milliseconds since the epoch; for tests.
   *
   * @default Date.now
   */
  now?: () => number
}

/** The options that define who may call. */
export interface ReceiverRules {
  /**
   * Who may call: emails of service accounts, or entries with conditions. Nobody else is let in. An empty
   * list makes start-up fail, except in report-only mode, where it can be used to discover callers.
   *
   * @example
   * ```ts
   * allow: ['login-run@acme.iam.gserviceaccount.com', { email: 'cron-run@acme.iam.gserviceaccount.com', paths: ['/jobs/:name'] }]
   * ```
   */
  allow: readonly AllowEntry[]
  /**
   * The exact `aud` values this service answers to (RFC 7519 section 4.1.3). Never taken from a
   * request header.
   *
   * @default `COUNTERSIGN_AUDIENCE` (comma-separated), else on Cloud Run the service's own
   *   deterministic URL; elsewhere start-up fails, or in report-only mode logs a warning
   */
  audience?: string | readonly string[]
  /**
   * Routes that need no caller, such as probes and preflight: `'GET /ready'`, `'OPTIONS /*'`.
   * A `GET` covers `HEAD`. Paths are path-to-regexp patterns for the whole path, from the root of the
   * application, also in a mounted router; `/*` at the end matches everything below.
   *
   * @default []
   */
  unauthenticated?: readonly string[]
  /**
   * The policy that these rules come from, for the log and `health()`; it changes no decision.
   * `policy.receiver(name)` of `@countersign/policy` sets it.
   *
   * @default no policy: the digest is computed from the rules
   */
  policy?: PolicyVersion
}

/** A policy, as the log and `health()` show it. */
export interface PolicyVersion {
  /** The SHA-256 of its file in hex, as `sha256sum` prints it. */
  digest: string
  /** The environment that it was resolved for. */
  environment?: string
}

/** One line of the allow-list: an email, an email with conditions, or a push sender. */
export type AllowEntry = string | CallerEntry | PushEntry

/** A service account that may call, and on which conditions. Entries with one email are OR-ed. */
export interface CallerEntry {
  /** The service account's email, in lower case. */
  email: string
  /** Its unique id (`sub`): it changes when an account is deleted and its email created again. */
  subject?: string
  /** The `aud` of this entry's tokens, instead of the service's own. */
  audience?: string | readonly string[]
  /**
   * The methods it may use. `GET` implies `HEAD`.
   *
   * @default any method
   */
  methods?: readonly string[]
  /**
   * The paths it may use: path-to-regexp patterns for the whole path, from the root of the application,
   * also in a mounted router. `/*` at the end matches everything below: `/profiles/*` matches
   * `/profiles/7/photo`, but not `/profiles`.
   *
   * @default any path
   */
  paths?: readonly string[]
}

/** A Google product that pushes to this service. `pubsubPush` and the functions for other products return it. */
export interface PushEntry {
  /** The product. */
  push: PushKind
  /** The email of the service account that signs the deliveries. */
  email: string
  /** Its unique id (`sub`). */
  subject?: string
  /** The `aud` configured for the push, if there is one. */
  audience?: string | readonly string[]
  /**
   * The methods it may deliver with: for `cloud-tasks` and `cloud-scheduler`, whose tasks and jobs choose
   * one. Pub/Sub and Eventarc always deliver with `POST`.
   *
   * @default ['POST']
   */
  methods?: readonly string[]
  /**
   * The paths it may deliver to.
   *
   * @default any path
   */
  paths?: readonly string[]
}
