import type { Google } from '../../google/google.ts'
import { lifetimeSeconds } from '../../google/issuer.ts'
import { type Handler, json } from '../../http/route.ts'
import { googleError } from './google-error.ts'
import { checkImpersonation } from './impersonation.ts'

/**
 * `POST /v1/projects/-/serviceAccounts/EMAIL:generateAccessToken`. The token lives an hour, whatever
 * `lifetime` says.
 *
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 *
 * @param google which accounts there are
 */
export function generateAccessTokenHandler(google: Google): Handler {
  return async (call, parameters) => {
    const checked = await checkImpersonation(call, parameters, google)
    if (!checked.impersonation) return checked.refusal
    const { account, body } = checked.impersonation
    if (!Array.isArray(body.scope) || body.scope.length === 0) {
      return googleError('INVALID_ARGUMENT', 'scope is required')
    }
    const accessToken = google.accessTokens.issue(account)
    const expireTime = timestamp(google.now() + lifetimeSeconds * 1000)
    return json(200, { accessToken, expireTime }, { account: account.email, from: 'minted' })
  }
}

/** Whole seconds, as Google writes them: Python's client and gcloud parse no fractions. */
function timestamp(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}
