import { mintedIdToken } from '../../events/token-events.ts'
import type { Account } from '../../google/accounts.ts'
import type { Google } from '../../google/google.ts'
import { lifetimeSeconds } from '../../google/issuer.ts'
import { json, type Reply } from '../../http/route.ts'
import { type Assertion, checkAssertion } from './assertion.ts'
import { missingParameter, oauthError } from './oauth-error.ts'

/**
 * The JWT bearer grant (RFC 7523 section 2.1). An assertion with `target_audience` gets an ID token,
 * one with `scope` an access token.
 *
 * @param form what was sent
 * @param google who has which key
 * @param url base URL of the emulator
 */
export async function jwtBearerGrant(
  form: URLSearchParams,
  google: Google,
  url: string,
): Promise<Reply> {
  const sent = form.get('assertion')
  if (sent === null) return missingParameter('assertion')
  const checked = await checkAssertion(sent, google, url)
  return checked.assertion ? tokenFor(checked.assertion, google) : checked.refusal
}

async function tokenFor({ account, claims }: Assertion, google: Google): Promise<Reply> {
  const { target_audience: audience, scope } = claims
  if (typeof audience === 'string' && audience !== '') {
    const idToken = await google.issuer.idToken(account, audience)
    const about = mintedIdToken(idToken, { account: account.email, audience })
    return json(200, { id_token: idToken }, about)
  }
  if (typeof scope === 'string' && scope !== '') return accessTokenFor(account, google)
  return oauthError('invalid_scope', 'Invalid OAuth scope or ID token audience provided.')
}

function accessTokenFor(account: Account, { accessTokens }: Google): Reply {
  const answer = {
    access_token: accessTokens.issue(account),
    expires_in: lifetimeSeconds - 1,
    token_type: 'Bearer',
  }
  return json(200, answer, { account: account.email, from: 'minted' })
}
