import type { Account } from '../accounts.ts'
import type { Google } from '../google.ts'
import { json } from '../http/replies.ts'
import type { Handler, Reply } from '../http/serve.ts'
import { lifetimeSeconds } from '../issuer/claims.ts'
import { type Assertion, checkAssertion } from './assertion.ts'
import { oauthError } from './oauth-error.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/**
 * `POST /token`: OAuth's token endpoint, JWT bearer grant (RFC 7523 section 2.1). An assertion with
 * `target_audience` gets an ID token, one with `scope` an access token.
 *
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 *
 * @param google who has which key
 * @param url base URL of the emulator
 */
export function tokenHandler(google: Google, url: () => string): Handler {
  return async (call) => {
    const form = new URLSearchParams(await call.body())
    const grant = form.get('grant_type')
    if (grant === null) return missing('grant_type')
    if (grant !== jwtBearer) return oauthError('unsupported_grant_type', 'Invalid grant_type')
    const sent = form.get('assertion')
    if (sent === null) return missing('assertion')
    const checked = await checkAssertion(sent, google, url())
    return checked.assertion ? tokenFor(checked.assertion, google) : checked.refusal
  }
}

async function tokenFor({ account, claims }: Assertion, google: Google): Promise<Reply> {
  const { target_audience: audience, scope } = claims
  if (typeof audience === 'string' && audience !== '') {
    const idToken = await google.issuer.idToken(account, audience)
    return json(200, { id_token: idToken }, { account: account.email, audience })
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
  return json(200, answer, { account: account.email })
}

function missing(parameter: string): Reply {
  return oauthError('invalid_request', `Required parameter is missing: ${parameter}`)
}
