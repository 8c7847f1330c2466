import { json } from '../http/replies.ts'
import type { Handler } from '../http/route.ts'
import { type Container, hasAccount } from './container.ts'
import { notFound } from './guards.ts'
import { createTokenCache } from './token-cache.ts'

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
    const answer = {
      access_token: await token,
      expires_in: Math.floor((expiresAt - google.now()) / 1000),
      token_type: 'Bearer',
    }
    return json(200, answer, { account: account.email, from })
  }
}
