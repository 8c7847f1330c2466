import { mintedIdToken } from '../../events/token-events.ts'
import { accessTokenHash, type OAuthClient } from '../../google/credentials.ts'
import type { Google } from '../../google/google.ts'
import { lifetimeSeconds } from '../../google/issuer.ts'
import { json, type Reply } from '../../http/route.ts'
import { missingParameter, oauthError } from './oauth-error.ts'

/** What gcloud asks a person for. */
const scope =
  'openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/cloud-platform'

/**
 * The refresh token grant (RFC 6749 section 6): a person's access token and ID token. The latter's
 * `aud` is the client's id, and `target_audience`, which Node's library sends, changes nothing.
 *
 * @param form what was sent
 * @param google who has which refresh token
 */
export async function refreshGrant(form: URLSearchParams, google: Google): Promise<Reply> {
  const { accessTokens, issuer, users } = google
  const refused = refuseClient(form, users.client)
  if (refused) return refused
  const sent = form.get('refresh_token')
  if (!sent) return missingParameter('refresh_token')
  const person = users.holder(sent)
  if (!person) return oauthError('invalid_grant', 'Bad Request')
  const audience = users.client.id
  const accessToken = accessTokens.issue(person)
  const overrides = { azp: audience, at_hash: accessTokenHash(accessToken) }
  const idToken = await issuer.idToken(person, audience, { overrides })
  const answer = {
    access_token: accessToken,
    expires_in: lifetimeSeconds - 1,
    scope,
    token_type: 'Bearer',
    id_token: idToken,
  }
  return json(200, answer, mintedIdToken(idToken, { account: person.email, audience }))
}

function refuseClient(form: URLSearchParams, client: OAuthClient): Reply | undefined {
  const id = form.get('client_id')
  if (!id) return oauthError('invalid_request', 'Could not determine client ID from request.')
  if (id !== client.id) return oauthError('invalid_client', 'The OAuth client was not found.', 401)
  if (form.get('client_secret') === client.secret) return undefined
  return oauthError('invalid_client', 'Unauthorized', 401)
}
