import { redactedCause } from '@countersign/shared/redact'
import { IdTokenError, isIdTokenError } from '../../errors.ts'
import type { AccessTokenSource, FetchLike } from '../../options.ts'
import {
  cloudPlatform,
  type Hints,
  type Json,
  type QuotaSource,
  quotaProject,
  type TokenSource,
  tokenIn,
} from '../../tokens/source.ts'
import type { CheckedImpersonation } from '../credentials/check-credentials.ts'
import { postToGoogle } from './google-api.ts'

/** An impersonation, and the identity that impersonates. */
export interface Impersonation extends CheckedImpersonation {
  source: AccessTokenSource & QuotaSource
  /**
   * The role that the source needs on the account.
   *
   * @default the least role for the kind of token
   */
  role?: string
  fetch: FetchLike | undefined
}

/**
 * Creates the source of a service account that IAM Credentials lets another identity impersonate.
 *
 * @see https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
 */
export function impersonation(options: Impersonation): TokenSource {
  const { serviceAccount, source, fetch } = options
  const delegates = options.delegates.map(resourceName)

  async function generate(what: Method, asked: Json, signal: AbortSignal | undefined) {
    const path = `/v1/${resourceName(serviceAccount)}:${what}`
    const known = { hint: grantHint(options, what), hints: hintsFor(serviceAccount) }
    const authorization = `Bearer ${await accessTokenOf(source, signal)}`
    const body = { ...asked, delegates }
    const url = new URL(path, options.endpoint)
    const project = await source[quotaProject]?.()
    return postToGoogle({ url, body, authorization, project, ...known }, { fetch, signal })
  }
  return {
    async idToken(audience, { signal } = {}) {
      // Without includeEmail the token has no email, and receivers list callers by email.
      const asked = { audience, includeEmail: true }
      return tokenIn(await generate('generateIdToken', asked, signal), 'token')
    },
    async accessToken({ signal } = {}) {
      const asked = { scope: [cloudPlatform] }
      return tokenIn(await generate('generateAccessToken', asked, signal), 'accessToken')
    },
  }
}

/** A source of the user's own can throw anything, tokens included. */
async function accessTokenOf(
  source: AccessTokenSource,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return await source.accessToken(signal && { signal })
  } catch (cause) {
    signal?.throwIfAborted()
    if (isIdTokenError(cause)) throw cause
    throw new IdTokenError('identity_unavailable', 'The source returned no access token', {
      hint: 'See the cause: the source of the impersonation threw it.',
      cause: redactedCause(cause),
    })
  }
}

type Method = 'generateIdToken' | 'generateAccessToken'

/** The least role for each method. @see https://cloud.google.com/iam/docs/service-account-permissions */
const leastRole: Readonly<Record<Method, string>> = {
  generateIdToken: 'roles/iam.serviceAccountOpenIdTokenCreator',
  generateAccessToken: 'roles/iam.serviceAccountTokenCreator',
}

/** Hints for refusals that a role doesn't fix, by the words of IAM Credentials. */
function hintsFor(serviceAccount: string): Hints {
  return [
    [
      /insufficient authentication scopes/i,
      'Give this instance the scope cloud-platform: gcloud compute instances set-service-account INSTANCE --scopes=cloud-platform',
    ],
    [
      /UNAUTHENTICATED|invalid authentication credentials/i,
      'Check the source identity: its access token is not accepted.',
    ],
    [
      /account .*not found|not found.*account|gaia id not found|unknown service account|entity was not found/i,
      `Check the account's email: gcloud iam service-accounts describe ${serviceAccount}`,
    ],
    [
      /account .*disabled|disabled.*account/i,
      `Enable the account: gcloud iam service-accounts enable ${serviceAccount}`,
    ],
    [/audience/i, "Check the target's audience: IAM Credentials does not accept it."],
    [
      /INVALID_ARGUMENT/,
      "Check the account, its delegates and the target's audience: IAM Credentials does not accept one of them.",
    ],
  ]
}

/** With delegates, each one impersonates the next, for which the least role is not enough. */
function grantHint({ serviceAccount, delegates, role }: Impersonation, what: Method): string {
  const isChain = delegates.length > 0
  const needed = role ?? leastRole[isChain ? 'generateAccessToken' : what]
  const command = `gcloud iam service-accounts add-iam-policy-binding ${serviceAccount} --role=${needed} --member=MEMBER`
  const chain = isChain ? ' (and each delegate on the next one)' : ''
  return `Grant the source identity this role on the account${chain}: ${command}`
}

/** The `-` stands for the project, and is required. */
function resourceName(email: string): string {
  return `projects/-/serviceAccounts/${email}`
}
