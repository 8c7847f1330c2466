import { IdTokenError } from '../errors.ts'
import type { FetchLike } from '../options.ts'
import { type Hints, type TokenSource, tokenIn } from '../tokens/source.ts'
import { postToGoogle } from './google-api.ts'
import type { CheckedUser } from './parse-credentials.ts'

/**
 * A person, as gcloud knows them, by a Google account or by a workforce pool. Only to start an
 * impersonation from, by the refresh token grant (RFC 6749 section 6): a person's ID tokens name
 * gcloud as their audience, and no service; a workforce identity has none.
 */
export function userSource(user: CheckedUser, fetch: FetchLike | undefined): TokenSource {
  const { tokenUrl, refreshToken } = user
  return {
    async idToken() {
      throw new IdTokenError('user_credentials', "A person's credentials can't name a service", {
        hint: 'Run gcloud auth application-default login --impersonate-service-account=ACCOUNT, or write applicationDefault({ serviceAccount: ACCOUNT }).',
      })
    },
    async accessToken({ signal } = {}) {
      const { form, authorization } = clientOf(user)
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        ...form,
      })
      const call = { url: tokenUrl, body, authorization, hint: logInAgain, hints }
      const answer = await postToGoogle(call, { fetch, signal })
      return tokenIn(answer, 'access_token')
    },
  }
}

/** RFC 6749 section 2.3.1 has two ways for a client to say who it is. Google's STS wants the first. */
function clientOf({ clientId, clientSecret, isWorkforce }: CheckedUser) {
  if (!isWorkforce) return { form: { client_id: clientId, client_secret: clientSecret } }
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  return { authorization: `Basic ${basic}` }
}

const logInAgain = 'Log in again: gcloud auth application-default login'

const hints: Hints = [
  [
    /reauth|rapt/i,
    'Log in again, which your organization asks for from time to time: gcloud auth application-default login',
  ],
  [
    /(?:account|user) .*(?:disabled|deleted)/i,
    'The account is disabled or deleted: log in with another, by gcloud auth application-default login',
  ],
]
