import type { CallerHealth } from './health.ts'
import type { TokenHeader } from './options.ts'

/**
 * A `fetch` that attaches this service's ID token, and calls only the configured targets.
 *
 * Can be used wherever a `fetch` is accepted. HTTP errors are answers, not exceptions; the `Response` is
 * the inner fetch's own. The differences from `fetch`:
 *
 * - Redirects are followed only to configured targets, each with its own token. `response.url` is then the
 *   URL of the last answer, while `response.redirected` stays false. With `integrity`, a redirect is an
 *   error.
 * - The body of a `Request` is sent as a stream, even if it is short: without a `content-length`, and only
 *   once. So such a call isn't repeated with a new token after a 401, and a 307 or 308 is refused. This
 *   does not apply to a body in the init.
 * - A `Request` doesn't expose its undici `dispatcher`: pass that in the init, or to the `fetch` option.
 */
export interface ServiceFetch {
  /**
   * Calls a service with a token for it.
   *
   * @param input as for `fetch`; read once
   * @param init as for `fetch`; read once
   * @throws {@link TargetNotAllowedError} if the call is not allowed: nothing was sent
   * @throws {@link IdTokenError} if there is no token: nothing was sent
   */
  (input: Parameters<typeof globalThis.fetch>[0], init?: RequestInit): Promise<Response>
  /**
   * Returns the same fetch for one target, with URLs relative to it: `/profiles/7` is a path below the
   * target's `url`. A URL outside of the target is refused. If `latest` changes the target's URL, calls go
   * to the new one; if it removes the target, every call is refused. A name that it adds can be used after
   * the next call.
   *
   * @example
   * ```ts
   * await serviceFetch.to('user-profiles')('/profiles/7')
   * ```
   *
   * @param name a target's `name`
   * @throws {TypeError} if no target has that name
   */
  to(name: string): typeof fetch
  /**
   * Returns the headers for a call that another client makes: axios, got, gRPC.
   *
   * > [!WARNING]
   * > Turn that client's redirects off: it would send the token to any place that a redirect names.
   *
   * @param url the URL of the call, which must be a configured target; with the emulator its front door, which
   *   `policy.url(name)` returns
   * @param options a target with `methods` requires the method
   * @throws {TypeError} if the URL or an option is wrong
   * @throws {@link TargetNotAllowedError} if the call is not allowed
   * @throws {@link IdTokenError} if there is no token
   */
  headers(url: string | URL, options?: HeadersOptions): Promise<Headers>
  /**
   * Gets a token for every target, for a start-up probe.
   *
   * @throws {@link IdTokenError} if a token can't be fetched
   */
  ready(): Promise<void>
  /** Returns the age of the tokens, and the last failures. */
  health(): CallerHealth
}

/** The options of `serviceFetch.headers`. */
export interface HeadersOptions {
  /**
   * The method of the call. Required if the target lists `methods`.
   *
   * @default none, which such a target refuses
   */
  method?: string
  /**
   * The headers that carry the token.
   *
   * @default 'authorization', or the target's `headers` if 'authorization' is not one of them
   */
  header?: TokenHeader | readonly TokenHeader[]
}
