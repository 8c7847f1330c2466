import type { Google } from '../../google/google.ts'
import type { Handler } from '../../http/route.ts'
import { jwtBearerGrant } from './jwt-bearer-grant.ts'
import { missingParameter, oauthError } from './oauth-error.ts'
import { refreshGrant } from './refresh-grant.ts'
import { sentForm } from './sent-form.ts'

/**
 * `POST /token`: OAuth's token endpoint, for service accounts' keys and for people.
 *
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 *
 * @param google who has which key, and which refresh token
 * @param url base URL of the emulator
 */
export function tokenHandler(google: Google, url: () => string): Handler {
  return async (call) => {
    const form = await sentForm(call)
    switch (form.get('grant_type')) {
      case null:
        return missingParameter('grant_type')
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        return jwtBearerGrant(form, google, url())
      case 'refresh_token':
        return refreshGrant(form, google)
      default:
        return oauthError('unsupported_grant_type', 'Invalid grant_type')
    }
  }
}
