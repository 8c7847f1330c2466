import { IdTokenError } from '../errors.ts'
import type { FetchLike } from '../options.ts'
import { postToGoogle } from './google-api.ts'
import { tokenIn } from './json.ts'
import type { CheckedUser } from './parse-credentials.ts'
import type { TokenSource } from './token-source.ts'

/**
 * A person, as gcloud knows them. Only to start an impersonation from, by the refresh token grant
 * (RFC 6749 section 6): a person's ID tokens name gcloud as their audience, and no service.
 */
export function userSource(user: CheckedUser, fetch: FetchLike | undefined): TokenSource {
  const { tokenUrl, clientId, clientSecret, refreshToken } = user
  return {
    async idToken() {
      throw new IdTokenError('user_credentials', "A person's credentials can't name a service", {
        hint: 'Run gcloud auth application-default login --impersonate-service-account=ACCOUNT, or write applicationDefault({ serviceAccount: ACCOUNT }).',
      })
    },
    async accessToken({ signal } = {}) {
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: clientId,
        client_secret: clientSecret,
        refresh_token: refreshToken,
      })
      const hint = 'Log in again: gcloud auth application-default login'
      const answer = await postToGoogle({ url: tokenUrl, body, hint }, { fetch, signal })
      return tokenIn(answer, 'access_token')
    },
  }
}
