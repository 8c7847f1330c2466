import { createTokenCache } from '../../google/token-cache.ts'
import type { About, Handler, Reply } from '../../http/route.ts'
import { type Container, hasAccount } from './container.ts'
import { notFound } from './guards.ts'

/**
 * `…/service-accounts/default/token`: an access token of the container's account, which opens the
 * emulator's IAM Credentials and nothing of Google's.
 *
 * @param container whose token
 */
export function accessTokenHandler(container: Container): Handler {
  const { account, google } = container
  const cache = createTokenCache(google.now)
  return async (_call, parameters) => {
    if (!hasAccount(container, parameters.account)) return notFound()
    const { token, expiresAt, from } = cache.get('', async () => google.accessTokens.issue(account))
    const expiresIn = Math.floor((expiresAt - google.now()) / 1000)
    return accessTokenReply(await token, expiresIn, { account: account.email, from })
  }
}

/**
 * An access token as a metadata server answers it. Its type is exactly `application/json`: Python's
 * google-auth compares it as a whole up to 2.23.0, and takes any other for text.
 *
 * @param token the token
 * @param expiresIn the rest of its life, in seconds
 * @param about what the logs are to know of it
 */
export function accessTokenReply(token: string, expiresIn: number, about: About): Reply {
  const answer = { access_token: token, expires_in: expiresIn, token_type: 'Bearer' }
  const headers = { 'content-type': 'application/json' }
  return { status: 200, headers, body: JSON.stringify(answer), about }
}
