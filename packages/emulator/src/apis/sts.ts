import type { SubjectToken } from '../google/federation.ts'
import type { Google } from '../google/google.ts'
import { lifetimeSeconds } from '../google/keys.ts'
import { type Handler, json } from '../http/route.ts'
import { missingParameter, oauthError } from './errors.ts'
import { sentForm } from './token.ts'

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

/** The two names of a JWT, and a signed request to AWS. */
const subjectTokenTypes: readonly string[] = [
  'urn:ietf:params:oauth:token-type:jwt',
  'urn:ietf:params:oauth:token-type:id_token',
  'urn:ietf:params:aws:token-type:aws4_request',
]

const required = [
  'grant_type',
  'audience',
  'scope',
  'requested_token_type',
  'subject_token',
  'subject_token_type',
] as const

/**
 * `POST /v1/token`: the Security Token Service (RFC 8693), which exchanges a foreign token for an
 * access token of a federated principal. With that token the principal can act as a service account
 * at IAM Credentials. It has no ID tokens of its own.
 *
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
export function stsHandler({ federation, awsFederation, accessTokens }: Google): Handler {
  return async (request) => {
    const form = await sentForm(request)
    const absent = required.find((name) => !form.get(name))
    if (absent) return missingParameter(absent)
    const wrong = wrongKind(form)
    if (wrong) return wrong
    const audience = form.get('audience') ?? ''
    const providers = [federation, awsFederation].find((one) => one.isProvider(audience))
    if (!providers) return oauthError('invalid_target', noProvider)
    const principal = await providers.principal(subjectTokenIn(form), audience)
    if (!principal) return oauthError('invalid_grant', notValid)
    const answer = {
      access_token: accessTokens.issue(principal),
      issued_token_type: accessTokenType,
      token_type: 'Bearer',
      expires_in: lifetimeSeconds - 1,
    }
    return json(200, answer, { account: principal.email, from: 'minted' })
  }
}

function subjectTokenIn(form: URLSearchParams): SubjectToken {
  return { token: form.get('subject_token') ?? '', type: form.get('subject_token_type') ?? '' }
}

function wrongKind(form: URLSearchParams): ReturnType<typeof oauthError> | undefined {
  if (form.get('grant_type') !== tokenExchange) {
    return oauthError('unsupported_grant_type', 'Invalid grant_type')
  }
  if (form.get('requested_token_type') !== accessTokenType) {
    return oauthError('invalid_request', 'Invalid value for "requested_token_type"')
  }
  if (!subjectTokenTypes.includes(form.get('subject_token_type') ?? '')) {
    return oauthError('invalid_request', 'Invalid value for "subject_token_type"')
  }
  return undefined
}

const noProvider =
  'The target service indicated by the "audience" parameters is invalid. This might either be ' +
  "because the pool or provider is disabled or deleted or because it doesn't exist."

const notValid =
  'The given subject token is not valid for this provider: its type, its signature, its audience or ' +
  'its lifetime. Ask the credential_source of the configuration for a new one.'

/**
 * `GET /emulator/v1/subject-token`: replaces the token endpoint of a foreign provider, such as
 * GitHub's. It requires the secret of the configuration from {@link Emulator.federation}.
 */
export function subjectTokenHandler({ federation }: Google): Handler {
  return async ({ headers }) => {
    const secret = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
    const value = await federation.subjectToken(secret)
    return value ? json(200, { value }) : json(401, { message: 'Unknown or missing bearer token.' })
  }
}
