import type { PushKind } from './decision.ts'
import type { DecisionEvent, LogEntry } from './events.ts'
import type { KeySource } from './keys/key-source.ts'

/** What `createReceiver` and the adapters' `verifyCaller` take. Read once, at start-up. */
export interface ReceiverOptions extends ReceiverRules {
  /**
   * Newer rules, for a list that changes while the service runs: what `watchPolicy` of
   * `@countersign/policy` hands out. Asked before each decision, and again where a call had to wait for
   * keys or the audience, so it answers at once, and with the same object as long as nothing changed; a
   * promise is waited for, two seconds at most. An empty
   * `allow` then lets nobody in. Rules that can't be had or read change nothing: the old ones stay, and
   * the process emits a warning `COUNTERSIGN_RULES_REFUSED`.
   *
   * @default the rules never change
   */
  latest?: () => ReceiverRules | Promise<ReceiverRules>
  /**
   * `report-only` lets every call through and reports what `enforce` would have done. Options that
   * can't be read stop the start in either mode.
   *
   * @default `COUNTERSIGN_MODE`, else `enforce`
   */
  mode?: 'enforce' | 'report-only'
  /**
   * The one header that carries the token. The other one serves where end users' own tokens travel
   * in `Authorization`.
   *
   * @default 'authorization'
   */
  tokenHeader?: 'authorization' | 'x-caller-authorization'
  /**
   * What becomes of a call without a token: `pass` lets it through with no caller set.
   *
   * @default 'refuse'
   */
  missingToken?: 'refuse' | 'pass'
  /**
   * What to do with bearer tokens that don't claim to be issued by Google, such as end users' tokens:
   * `pass` lets the call through with no caller set. Such are JWTs that name another issuer, and opaque
   * tokens. A token that names Google as its issuer anywhere, in whatever form (also with more or fewer
   * segments, padded, nested or as JSON), a text of three segments that can't be read, and a token over
   * 8 KB are always verified or refused.
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
   * Seconds by which clocks may differ, from 0 to 60.
   *
   * @default 30
   */
  clockToleranceSeconds?: number
  /**
   * The bounded cache of tokens that passed: `maxEntries` is 1 to 100,000. Once it is full, a token is
   * remembered from the second time on that it comes. `false` turns it off.
   *
   * @default { maxEntries: 1000 }
   */
  tokenCache?: { maxEntries?: number } | false
  /**
   * Told of each decision, with its code, what was got and what was expected; never the token. What
   * it throws is a process warning, once.
   *
   * @default nobody is told
   */
  onDecision?: (event: DecisionEvent) => void
  /**
   * Takes each log entry: denials, ten of a code a second; trouble with keys or the audience, once an
   * hour; and who may call, at the start and whenever that changes. `false` turns all of them off, in a
   * unit test say. What it throws is a process warning, once.
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

/** The part of the options that says who may call. */
export interface ReceiverRules {
  /**
   * Who may call: emails of service accounts, or entries that say more. Nobody else is let in. An
   * empty list refuses to start, except in report-only mode, where it serves to discover callers.
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
   *   deterministic URL, else it refuses to start
   */
  audience?: string | readonly string[]
  /**
   * Routes that need no caller, such as probes and preflight: `'GET /ready'`, `'OPTIONS /*'`.
   * A `GET` covers `HEAD`; paths are whole path-to-regexp patterns, and a trailing `/*` is any rest.
   *
   * @default []
   */
  unauthenticated?: readonly string[]
  /**
   * Which policy these rules come from, for the log and `health()`; decides nothing. `policy.receiver(name)`
   * of `@countersign/policy` gives it.
   *
   * @default none: the digest is that of the rules
   */
  policy?: PolicyVersion
}

/** A policy, as the log and `health()` name it. */
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
  /** The methods it may use. `GET` implies `HEAD`. Left out: any. */
  methods?: readonly string[]
  /**
   * The paths it may use: path-to-regexp patterns for the whole path. `/*` at the end matches
   * everything below: `/profiles/*` is `/profiles/7/photo`, but not `/profiles`. Left out: any.
   */
  paths?: readonly string[]
}

/** A Google product that pushes to this service: what `pubsubPush` and its like return. */
export interface PushEntry {
  /** The product. */
  push: PushKind
  /** The email of the service account that signs the deliveries. */
  email: string
  /** Its unique id (`sub`). */
  subject?: string
  /** The `aud` configured for the push, where there is one. */
  audience?: string | readonly string[]
  /**
   * The methods it may deliver with: for `cloud-tasks` and `cloud-scheduler`, whose tasks and jobs choose
   * one. Pub/Sub and Eventarc deliver with `POST` alone.
   *
   * @default ['POST']
   */
  methods?: readonly string[]
  /** The paths it may deliver to. Left out: any. */
  paths?: readonly string[]
}
