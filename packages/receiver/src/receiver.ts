import type { IncomingHttpHeaders } from 'node:http'
import type { Decision } from './decision.ts'
import type { KeyHealth } from './keys/key-source.ts'

/** Decides about incoming calls: what `createReceiver` returns. */
export interface Receiver {
  /**
   * Decides about one call. Never rejects: a failure of our side is a denial with status 503.
   *
   * @param call a Node `IncomingMessage`, a web `Request`, or anything of that shape
   */
  check(call: IncomingCall): Promise<Decision>
  /**
   * The same, but it returns no promise if nothing has to be waited for, for example if the token is in
   * the cache. For middleware, in which a promise costs more than the decision. Never throws or rejects.
   *
   * @param call as for `check`
   */
  decide(call: IncomingCall): Decision | Promise<Decision>
  /**
   * Resolves once the audience is known and keys are loaded: for a start-up probe, so that the first
   * call waits for nothing. Rejects if the audience can't be found or keys can't be fetched.
   */
  ready(): Promise<void>
  /** The state of keys and caches, for a health page. */
  health(): ReceiverHealth
}

/** The parts of a request that a receiver reads. */
export interface IncomingCall {
  /**
   * The method that the app routes by. Without it, a rule that lists methods covers nothing. If a header
   * asks for another method (`X-HTTP-Method-Override`), such a rule has to cover both.
   */
  method?: string | undefined
  /** The request target as it came, with its query; of a web `Request` the whole URL. */
  url?: string | undefined
  /**
   * The URL before a router was mounted or `url` was rewritten (Express, Connect, Fastify); used instead
   * of `url`. If it is not `baseUrl` followed by `url`, the app routes by another path than was asked for,
   * and no rule for a path covers the call.
   */
  originalUrl?: string | undefined
  /**
   * The path at which the router that sees `url` is mounted (Express): `/api` if `/api/users` is `/users`
   * to the router, and an empty text at the top. Without it, everything that `originalUrl` has before
   * `url` counts as this path: set it if anything can rewrite `url`.
   */
  baseUrl?: string | undefined
  /** A web `Headers`, or a Node request's. */
  headers: Headers | IncomingHttpHeaders
  /** Names and values as they were received (Node): they show a header that was sent twice. */
  rawHeaders?: readonly string[]
}

/** The state of a receiver. */
export interface ReceiverHealth {
  /** The version of `@countersign/receiver`. */
  version: string
  /** Who may call. */
  rules: ReceiverRulesInForce
  /** The audiences it answers to; undefined while they are being found. */
  audiences: readonly string[] | undefined
  /** The error of the last attempt to find them, if it failed. */
  audienceError?: string
  /**
   * The emulator's origin, if its keys are used instead of Google's; undefined in production. An alert on
   * it costs nothing.
   */
  emulator: string | undefined
  /** The signing keys: their age and the last error. */
  keys: KeyHealth
  /** The number of verified tokens in the cache. */
  tokenCache: { entries: number }
}

/** The rules that count, as `health()` and the log show them. */
export interface ReceiverRulesInForce {
  /** SHA-256 in hex: of the policy's file, or without a policy of the rules. */
  digest: string
  /** The source of the digest: the policy's file, or the rules. */
  digestOf: 'policy' | 'rules'
  /** The policy's environment, if it has one. */
  environment?: string
  /** Whether calls are refused or only reported. */
  mode: 'enforce' | 'report-only'
  /**
   * The callers and what each of them may do, sorted, 50 at most:
   * `login-run@acme.iam.gserviceaccount.com: GET on /profiles/:id`.
   */
  callers: readonly string[]
  /** The number of callers. */
  callerCount: number
  /** The routes that need no caller, 50 at most. */
  unauthenticated: readonly string[]
  /** Set if calls without a token reach the application, with no caller. */
  missingToken?: 'pass'
  /** Set if calls with a token that isn't Google's reach the application, with no caller. */
  otherTokens?: 'pass'
  /** The time since which they count. */
  since: Date
}
