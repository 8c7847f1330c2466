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
