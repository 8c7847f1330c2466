import { type GoogleCallOptions, postToGoogle } from './google-api.ts'
import { tokenIn } from './json.ts'
import type { CheckedFederation } from './parse-federation.ts'
import { cloudPlatform } from './token-source.ts'

/**
 * Exchanges a foreign token for a federated access token: Google's Security Token Service (RFC 8693).
 * It is asked here rather than by google-auth-library, which takes no fetch and no signal for it.
 *
 * Source: https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 *
 * @throws {@link IdTokenError} `identity_unavailable`, `identity_timeout`, `token_rejected`
 */
export async function exchangeSubjectToken(
  subjectToken: string,
  { audience, subjectTokenType, tokenUrl, userProject }: CheckedFederation,
  options: GoogleCallOptions,
): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience,
    scope: cloudPlatform,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: subjectToken,
    subject_token_type: subjectTokenType,
  })
  if (userProject !== undefined) body.set('options', JSON.stringify({ userProject }))
  const hint = 'Check the subject token, and the pool and the provider that it is for.'
  return tokenIn(await postToGoogle({ url: tokenUrl, body, hint }, options), 'access_token')
}
