import type { CallerHealth } from './health.ts'
import type { TokenHeader } from './options.ts'

/**
 * A `fetch` that attaches this service's ID token, and calls only the services on its list.
 *
 * Passes wherever a `fetch` is asked for. HTTP errors are answers, not exceptions; the `Response` is
 * the inner fetch's own. Where it differs from `fetch`:
 *
 * - Redirects are followed only to listed targets, each with its own token; `response.url` then says
 *   where the answer came from, while `response.redirected` stays false. With `integrity`, a redirect
 *   is an error.
 * - A `Request`'s body travels as the stream it is, a short one too: without a `content-length`, and
 *   once only. So such a call isn't repeated with a new token after a 401, and a 307 or 308 that
 *   answers it is refused. A body in the init has none of this.
 * - A `Request` doesn't tell its undici `dispatcher`: give that in the init, or to the `fetch` option.
 */
export interface ServiceFetch {
  /**
   * Calls a service with a token for it.
   *
   * @param input where to, as for `fetch`; read once
   * @param init as for `fetch`; read once
   * @throws {@link TargetNotAllowedError} where the call is not allowed: nothing was sent
   * @throws {@link IdTokenError} where no token can be had: nothing was sent
   */
  (input: Parameters<typeof globalThis.fetch>[0], init?: RequestInit): Promise<Response>
  /**
   * The same fetch for one target, with URLs relative to it: `/profiles/7` is a path beneath the
   * target's `url`. A URL that leads off the target is refused. Where `latest` moves the target, it
   * follows; where it takes it away, every call is refused; a name that it adds is known once a call
   * has asked.
   *
   * @example
   * ```ts
   * await serviceFetch.to('user-profiles')('/profiles/7')
   * ```
   *
   * @param name a target's `name`
   * @throws {TypeError} where no target has that name
   */
  to(name: string): typeof fetch
  /**
   * The headers for a call that something else makes: axios, got, gRPC.
   *
   * > [!WARNING]
   * > Turn that client's redirects off: it would carry the token wherever it is sent.
   *
   * @param url where to; must be on the list
   * @param options what else the call is; a target with `methods` needs the method
   * @throws {TypeError} where the URL or an option is wrong
   * @throws {@link TargetNotAllowedError} where the call is not allowed
   * @throws {@link IdTokenError} where no token can be had
   */
  headers(url: string | URL, options?: HeadersOptions): Promise<Headers>
  /**
   * Gets a token for every target: for a start-up probe.
   *
   * @throws {@link IdTokenError} where one can't be had
   */
  ready(): Promise<void>
  /** How old the tokens are, and what went wrong last. */
  health(): CallerHealth
}

/** What `serviceFetch.headers` takes beside the URL. */
export interface HeadersOptions {
  /**
   * The method of the call. Needed where the target lists `methods`.
   *
   * @default none, which such a target refuses
   */
  method?: string
  /**
   * Which headers to carry the token in.
   *
   * @default 'authorization', or the target's `headers` where they leave that one free
   */
  header?: TokenHeader | readonly TokenHeader[]
}
