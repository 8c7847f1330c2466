import type { IncomingHttpHeaders } from 'node:http'
import type { Decision } from './decision.ts'
import type { KeyHealth } from './keys/key-source.ts'

/** Decides about incoming calls: what `createReceiver` returns. */
export interface Receiver {
  /**
   * Decides about one call. Never rejects: what fails on our side is a denial with status 503.
   *
   * @param call a Node `IncomingMessage`, a web `Request`, or anything of that shape
   */
  check(call: IncomingCall): Promise<Decision>
  /**
   * The same, but without a promise where nothing has to be waited for, as for a token that was seen
   * before: for middleware, in which a promise costs more than the decision. Never throws or rejects.
   *
   * @param call as for `check`
   */
  decide(call: IncomingCall): Decision | Promise<Decision>
  /**
   * Resolves once the audience is known and keys are loaded: for a start-up probe, so that the first
   * call waits for nothing. Rejects where either can't be had.
   */
  ready(): Promise<void>
  /** How keys and caches are doing, for a health page. */
  health(): ReceiverHealth
}

/** The parts of a request that a receiver looks at. */
export interface IncomingCall {
  /**
   * The method that the app routes by. Left out, a rule that lists methods covers nothing. Where a
   * header asks for another one (`X-HTTP-Method-Override`), such a rule has to cover both.
   */
  method?: string | undefined
  /** The request target as it came, with its query; of a web `Request` the whole URL. */
  url?: string | undefined
  /**
   * The URL before a router was mounted, or `url` rewritten (Express, Connect, Fastify); preferred to
   * `url`. If `baseUrl` and `url` don't make it up, the app routes by another path than was asked for,
   * and no rule for a path covers the call.
   */
  originalUrl?: string | undefined
  /**
   * Where the router is mounted that sees `url` (Express): `/api` if `/api/users` is `/users` to it,
   * and an empty text at the top. Left out, whatever `originalUrl` has before `url` counts as the
   * mount point: give it wherever something may rewrite `url`.
   */
  baseUrl?: string | undefined
  /** A web `Headers`, or a Node request's. */
  headers: Headers | IncomingHttpHeaders
  /** Names and values as they came (Node), which show a header that was sent twice. */
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
  /** Why they could not be found the last time, if they could not. */
  audienceError?: string
  /**
   * The emulator's origin, if its keys stand in for Google's; undefined in production. An alert on it
   * costs nothing.
   */
  emulator: string | undefined
  /** The signing keys: how old they are, and what went wrong last. */
  keys: KeyHealth
  /** How many verified tokens are remembered. */
  tokenCache: { entries: number }
}

/** The rules that count, as `health()` shows them and the log tells them. */
export interface ReceiverRulesInForce {
  /** SHA-256 in hex: of the policy's file, or without a policy of the rules. */
  digest: string
  /** What it is the digest of. */
  digestOf: 'policy' | 'rules'
  /** The policy's environment, if it has one. */
  environment?: string
  /** Whether calls are refused, or only reported. */
  mode: 'enforce' | 'report-only'
  /**
   * The callers and what each may do, sorted, 50 at most:
   * `login-run@acme.iam.gserviceaccount.com: GET on /profiles/:id`.
   */
  callers: readonly string[]
  /** How many callers there are. */
  callerCount: number
  /** The routes that need no caller, 50 at most. */
  unauthenticated: readonly string[]
  /** Since when they count. */
  since: Date
}
