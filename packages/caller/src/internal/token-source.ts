import type { AccessTokenSource, IdentitySource } from '../identity-source.ts'

/** A source of both kinds of tokens, as all of ours are. */
export type TokenSource = IdentitySource & AccessTokenSource

/**
 * A source that is only found when a token is needed, and anew each time: once an hour is not often,
 * and a file that was replaced or mended since is heeded.
 */
export function lateSource(find: () => Promise<TokenSource>): TokenSource {
  return {
    async idToken(audience, options) {
      return (await find()).idToken(audience, options)
    },
    async accessToken(options) {
      return (await find()).accessToken(options)
    },
  }
}

/** The scope of every access token here: what IAM allows decides, not the scope. */
export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'
