import { mintedIdToken } from '../../events/token-events.ts'
import type { Google } from '../../google/google.ts'
import { type Handler, json } from '../../http/route.ts'
import { googleError } from './google-error.ts'
import { checkImpersonation } from './impersonation.ts'

/**
 * `POST /v1/projects/-/serviceAccounts/EMAIL:generateIdToken`. The token has an email only where
 * `includeEmail` asks for it.
 *
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
 *
 * @param google which accounts there are
 */
export function generateIdTokenHandler(google: Google): Handler {
  return async (call, parameters) => {
    const checked = await checkImpersonation(call, parameters, google)
    if (!checked.impersonation) return checked.refusal
    const { account, body } = checked.impersonation
    const { audience, includeEmail, useEmailAzp } = body
    if (typeof audience !== 'string' || audience === '') {
      return googleError('INVALID_ARGUMENT', 'audience is required')
    }
    const options = { includeEmail: includeEmail === true, emailAsAzp: useEmailAzp === true }
    const token = await google.issuer.idToken(account, audience, options)
    return json(200, { token }, mintedIdToken(token, { account: account.email, audience }))
  }
}
