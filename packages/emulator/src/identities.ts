/**
 * Genuine tokens of a service account: an impersonation, say. What `impersonate` of
 * `@countersign/caller` returns is one.
 */
export interface GenuineIdentity {
  /**
   * An ID token that Google signed.
   *
   * @param audience its `aud`
   */
  idToken(audience: string): Promise<string>
  /** An access token for Google's APIs, good for ten minutes at least. */
  accessToken(): Promise<string>
}
