import { printed } from '@countersign/shared/checks'
import { IdTokenError } from '../../errors.ts'
import type { FetchLike } from '../../options.ts'
import {
  type Hints,
  isObject,
  type Json,
  quotaProject,
  type TokenSource,
  tokenIn,
} from '../../tokens/source.ts'
import {
  type CheckedUser,
  type CredentialsType,
  checkFederation,
  checkImpersonation,
  checkKey,
  checkQuotaProject,
  checkUser,
} from '../credentials/check-credentials.ts'
import { federation } from './federation.ts'
import { postToGoogle } from './google-api.ts'
import { impersonation } from './impersonation.ts'
import { type KeyIdentityOptions, keyIdentity } from './key.ts'

/** The options of a credentials file's source. */
export interface FileIdentityOptions extends KeyIdentityOptions {
  emulator: URL | undefined
}

/**
 * Creates the source that a credentials file describes.
 *
 * @throws {TypeError} if the content is wrong, or of a type that has no ID tokens
 */
export function fileIdentity(fields: Json, options: FileIdentityOptions): TokenSource {
  const { type } = fields
  if (isKnown(type)) {
    const project = checkQuotaProject(fields)
    return { ...identities[type](fields, options), [quotaProject]: async () => project }
  }
  if (type === undefined) {
    throw new TypeError(
      'The file has no type: it is not a credentials file, but perhaps an OAuth client',
    )
  }
  throw new TypeError(`Credentials of type ${printed(type)} cannot produce ID tokens`)
}

/** Creates a source, by the file's `type`. */
const identities: Record<
  CredentialsType,
  (fields: Json, options: FileIdentityOptions) => TokenSource
> = {
  service_account: (fields, options) => keyIdentity(checkKey(fields, options.emulator), options),
  authorized_user: personsIdentity,
  external_account_authorized_user: personsIdentity,
  external_account: (fields, { emulator, fetch }) =>
    federation(checkFederation(fields, emulator), { fetch }),
  impersonated_service_account: impersonatedIdentity,
}

function isKnown(type: unknown): type is CredentialsType {
  return typeof type === 'string' && Object.hasOwn(identities, type)
}

function personsIdentity(fields: Json, { emulator, fetch }: FileIdentityOptions): TokenSource {
  return userIdentity(checkUser(fields, emulator), fetch)
}

function impersonatedIdentity(fields: Json, options: FileIdentityOptions): TokenSource {
  const { source_credentials: credentials } = fields
  if (!isObject(credentials)) throw new TypeError('source_credentials must be an object')
  const account = checkImpersonation(fields, options.emulator)
  return impersonation({
    ...account,
    source: fileIdentity(credentials, options),
    fetch: options.fetch,
  })
}

/**
 * Creates the source of a person who is logged in to gcloud, with a Google account or through a workforce
 * pool. It can only be the source of an impersonation, by the refresh token grant (RFC 6749 section 6): a
 * person's ID tokens have gcloud as their audience, not a service; a workforce identity has none.
 */
function userIdentity(user: CheckedUser, fetch: FetchLike | undefined): TokenSource {
  const { tokenUrl, refreshToken } = user
  return {
    async idToken() {
      throw new IdTokenError('user_credentials', "A person's credentials can't name a service", {
        hint: 'Run gcloud auth application-default login --impersonate-service-account=ACCOUNT, or write applicationDefault({ serviceAccount: ACCOUNT }).',
      })
    },
    async accessToken({ signal } = {}) {
      const { form, authorization } = clientOf(user)
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        ...form,
      })
      const call = { url: tokenUrl, body: `${body}`, authorization, hint: logInAgain, hints }
      const answer = await postToGoogle(call, { fetch, signal })
      return tokenIn(answer, 'access_token')
    },
  }
}

/** RFC 6749 section 2.3.1 has two ways to authenticate a client. Google's STS requires the first. */
function clientOf({ clientId, clientSecret, isWorkforce }: CheckedUser) {
  if (!isWorkforce) return { form: { client_id: clientId, client_secret: clientSecret } }
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  return { authorization: `Basic ${basic}` }
}

const logInAgain = 'Log in again: gcloud auth application-default login'

const hints: Hints = [
  [
    /reauth|rapt/i,
    'Log in again, as your organization requires from time to time: gcloud auth application-default login',
  ],
  [
    /(?:account|user) .*(?:disabled|deleted)/i,
    'The account is disabled or deleted: log in with another one: gcloud auth application-default login',
  ],
]
