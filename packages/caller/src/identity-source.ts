import type { FetchLike } from './options.ts'

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
