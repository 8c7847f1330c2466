import { type Handler, type Reply, text } from '../../http/route.ts'
import { accessTokenReply } from './access-token.ts'
import { type Container, hasAccount } from './container.ts'

/**
 * ID tokens of Google's own, for a container that has a genuine identity. Those for its own service
 * stay the emulator's: its receiver trusts no other.
 *
 * @param container whose tokens
 * @param emulated answers otherwise
 */
export function genuineIdTokens(container: Container, emulated: Handler): Handler {
  const { account, google, service } = container
  const identity = google.identities.get(service.name)
  if (!identity) return emulated
  return async (call, parameters) => {
    const audience = call.query.get('audience')
    const isOwn = !audience || service.audiences.includes(audience)
    if (isOwn || !hasAccount(container, parameters.account)) return emulated(call, parameters)
    const about = { audience, account: account.email, from: 'minted' } as const
    return orUnavailable(async () => {
      const headers = { 'content-type': 'text/html' }
      return { status: 200, headers, body: await identity.idToken(audience), about }
    })
  }
}

/** What is left of a token is not said; clients ask again five minutes before this is over. */
const certainSeconds = 600

/**
 * Access tokens of Google's own, likewise.
 *
 * @param container whose tokens
 * @param emulated answers otherwise
 */
export function genuineAccessTokens(container: Container, emulated: Handler): Handler {
  const { account, google, service } = container
  const identity = google.identities.get(service.name)
  if (!identity) return emulated
  return async (call, parameters) => {
    if (!hasAccount(container, parameters.account)) return emulated(call, parameters)
    return orUnavailable(async () => {
      const token = await identity.accessToken()
      return accessTokenReply(token, certainSeconds, { account: account.email, from: 'minted' })
    })
  }
}

/** Why is for whoever gave the identity to say: the service's own log is not the place. */
async function orUnavailable(answer: () => Promise<Reply>): Promise<Reply> {
  try {
    return await answer()
  } catch {
    return text(503, 'The token could not be had from Google.\n')
  }
}
