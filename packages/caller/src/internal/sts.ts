import { cloudPlatform, type Hints, tokenIn } from '../tokens/source.ts'
import { type GoogleCallOptions, postToGoogle } from './google-api.ts'
import type { CheckedFederation } from './parse-federation.ts'

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
  return tokenIn(await postToGoogle({ url: tokenUrl, body, hint, hints }, options), 'access_token')
}

const provider = 'gcloud iam workload-identity-pools providers describe'

/** The words of Google's Security Token Service. */
const hints: Hints = [
  [
    /invalid_target|"audience" parameter/i,
    `Check the configuration's audience: its pool or provider is disabled, deleted or misspelt. See ${provider}`,
  ],
  [
    /attribute condition/i,
    `The provider's attribute condition does not hold for this subject token: compare its claims with ${provider}`,
  ],
  [
    /attribute mapping|mapped attribute/i,
    `The provider's attribute mapping does not fit the subject token's claims: see ${provider}`,
  ],
  [
    /connecting to the given credential's issuer/i,
    "Google can't read the issuer's keys: its /.well-known/openid-configuration must be public, or the keys given to the provider.",
  ],
  [/issuer/i, `The subject token is another issuer's than the provider's: see ${provider}`],
  [
    /audience/i,
    `Ask for a subject token whose audience the provider allows, or allow this one: see ${provider}`,
  ],
  [
    /stale|expired|issued in the future|not yet valid/i,
    'The subject token is expired, or not valid yet: get it anew each time, and set the clock of its issuer.',
  ],
  [
    /serviceusage|user ?project/i,
    'Give the identity roles/serviceusage.serviceUsageConsumer on the project in workforce_pool_user_project.',
  ],
]
