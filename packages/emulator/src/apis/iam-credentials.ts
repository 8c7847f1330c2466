import { sign } from 'node:crypto'
import { CompactSign } from 'jose'
import { mintedIdToken } from '../events/token-events.ts'
import type { Account } from '../google/accounts.ts'
import type { Holder } from '../google/credentials.ts'
import type { Google } from '../google/google.ts'
import { lifetimeSeconds } from '../google/keys.ts'
import { jsonFields, jsonObject } from '../http/body.ts'
import {
  type Handler,
  json,
  type Parameters,
  type Reply,
  type RoutedRequest,
} from '../http/route.ts'
import { organizationId } from '../iam/resources.ts'
import { selfSigned } from './assertion.ts'
import { type GoogleErrorStatus, googleError } from './errors.ts'

/** A request to act as another account. */
interface Impersonation {
  account: Account
  /** The fields of the JSON body, in camel case. */
  body: Readonly<Record<string, unknown>>
}

/** An allowed impersonation, or the answer to a refused one. */
type CheckedImpersonation =
  | { impersonation: Impersonation }
  | { impersonation?: undefined; refusal: Reply }

/** Google's sentence for a token that is not valid. */
export const unauthenticated: string =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or ' +
  'other valid authentication credential.'

const denied = 'The caller does not have permission to act as this service account.'

/**
 * Checks a request to IAM Credentials. The policy file does not contain
 * `serviceAccountTokenCreator`: accounts and people with an access token of the emulator, and
 * accounts with a self-signed JWT, can act as any account of the policy. A federated principal can
 * act as the account in its configuration.
 */
async function checkImpersonation(
  request: RoutedRequest,
  { account: name = '' }: Parameters,
  google: Google,
): Promise<CheckedImpersonation> {
  const holder = await holderOf(request, google)
  if (!holder) return refused('UNAUTHENTICATED', unauthenticated)
  const account = accountNamed(name, google.accounts)
  const isAllowed = holder.actsAs === undefined || holder.actsAs === account?.email
  if (!isAllowed) return refused('PERMISSION_DENIED', denied)
  if (!account) return refused('NOT_FOUND', `Not found; Gaia id not found for email ${name}`)
  const body = jsonFields(await request.body())
  if (!body) return refused('INVALID_ARGUMENT', 'Invalid JSON payload received.')
  if (!areDelegates(body.delegates)) return refused('INVALID_ARGUMENT', delegateForm)
  return { impersonation: { account, body } }
}

const delegateForm =
  'delegates must be names such as projects/-/serviceAccounts/NAME@PROJECT.iam.gserviceaccount.com, with - as the project'

/** Whether each is the name of an account. Which accounts exist beyond the policy isn't known. */
function areDelegates(delegates: unknown): boolean {
  if (delegates === undefined || delegates === null) return true
  if (!Array.isArray(delegates)) return false
  return delegates.every((one) => /^projects\/-\/serviceAccounts\/[^/]+$/.test(String(one)))
}

/** The holder of the bearer token of a request, if it is valid. */
export async function holderOf(
  { headers }: RoutedRequest,
  google: Google,
): Promise<Holder | undefined> {
  const token = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  return google.accessTokens.holder(token) ?? (await selfSigned(token, google, headers.host))
}

/** Finds an account by its email or by its unique id. */
function accountNamed(name: string, accounts: Google['accounts']): Account | undefined {
  return accounts.get(name) ?? [...accounts.values()].find(({ subject }) => subject === name)
}

function refused(status: GoogleErrorStatus, message: string): CheckedImpersonation {
  return { refusal: googleError(status, message) }
}

/**
 * `POST /v1/projects/-/serviceAccounts/EMAIL:generateIdToken`. The token has an email only if
 * `includeEmail` is true.
 *
 * @see https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
 */
export function generateIdTokenHandler(google: Google): Handler {
  return async (request, parameters) => {
    const checked = await checkImpersonation(request, parameters, google)
    if (!checked.impersonation) return checked.refusal
    const { account, body } = checked.impersonation
    const { audience, includeEmail, useEmailAzp, organizationNumberIncluded } = body
    if (typeof audience !== 'string' || audience === '') {
      return googleError('INVALID_ARGUMENT', 'audience is required')
    }
    const options = {
      includeEmail: includeEmail === true,
      emailAsAzp: useEmailAzp === true,
      ...(organizationNumberIncluded === true && { google: organization }),
    }
    const token = await google.issuer.idToken(account, audience, options)
    return json(200, { token }, mintedIdToken(token, { account: account.email, audience }))
  }
}

const organization = { organization_number: Number(organizationId) }

/**
 * `POST /v1/projects/-/serviceAccounts/EMAIL:generateAccessToken`. The token is valid for `lifetime`,
 * an hour at most: more needs an organization policy, which the emulator doesn't have.
 *
 * @see https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 */
export function generateAccessTokenHandler(google: Google): Handler {
  return async (request, parameters) => {
    const checked = await checkImpersonation(request, parameters, google)
    if (!checked.impersonation) return checked.refusal
    const { account, body } = checked.impersonation
    if (!Array.isArray(body.scope) || body.scope.length === 0) {
      return googleError('INVALID_ARGUMENT', 'scope is required')
    }
    const seconds = secondsOf(body.lifetime)
    if (seconds === undefined) return googleError('INVALID_ARGUMENT', wrongLifetime)
    const accessToken = google.accessTokens.issue(account, seconds)
    const expireTime = timestamp(google.now() + seconds * 1000)
    return json(200, { accessToken, expireTime }, { account: account.email, from: 'minted' })
  }
}

const wrongLifetime =
  'lifetime must be seconds with an "s", such as "3600s". The access token lifetime cannot exceed 3600s.'

/** A duration in its JSON form, if it is one that a token can have. */
function secondsOf(lifetime: unknown): number | undefined {
  if (lifetime === undefined || lifetime === null) return lifetimeSeconds
  const [, digits] = /^(\d+(?:\.\d{1,9})?)s$/.exec(String(lifetime)) ?? []
  const seconds = Number(digits)
  return seconds > 0 && seconds <= lifetimeSeconds ? seconds : undefined
}

/** Uses whole seconds, as Google does: Python's client and gcloud can't parse fractions. */
function timestamp(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}

/**
 * `POST /v1/projects/-/serviceAccounts/EMAIL:signBlob`: signs bytes with the account's key, as
 * needed for signed URLs of Cloud Storage.
 *
 * @see https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signBlob
 */
export function signBlobHandler(google: Google): Handler {
  return async (request, parameters) => {
    const checked = await checkImpersonation(request, parameters, google)
    if (!checked.impersonation) return checked.refusal
    const { account, body } = checked.impersonation
    const { payload } = body
    if (!isBase64(payload)) return googleError('INVALID_ARGUMENT', 'payload must be base64')
    const { keyId, privateKey } = await google.serviceAccountKeys.signing(account.email)
    const signedBlob = sign('sha256', Buffer.from(payload, 'base64'), privateKey)
    return json(200, { keyId, signedBlob: signedBlob.toString('base64') })
  }
}

/** The limit for `exp`: twelve hours ahead. */
const longestSeconds = 12 * 60 * 60

/**
 * `POST /v1/projects/-/serviceAccounts/EMAIL:signJwt`: signs claims, a JSON text, with the
 * account's key. If they have no `exp`, it is set to an hour from now.
 *
 * @see https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signJwt
 */
export function signJwtHandler(google: Google): Handler {
  return async (request, parameters) => {
    const checked = await checkImpersonation(request, parameters, google)
    if (!checked.impersonation) return checked.refusal
    const { account, body } = checked.impersonation
    const now = Math.floor(google.now() / 1000)
    const claims = { exp: now + 3600, ...claimsOf(body.payload) }
    if (!claimsOf(body.payload) || !isAhead(claims.exp, now)) {
      return googleError('INVALID_ARGUMENT', 'payload must be JSON, its exp within 12 hours')
    }
    const { keyId, privateKey } = await google.serviceAccountKeys.signing(account.email)
    const signedJwt = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'RS256', kid: keyId, typ: 'JWT' })
      .sign(privateKey)
    return json(200, { keyId, signedJwt })
  }
}

function isBase64(value: unknown): value is string {
  return typeof value === 'string' && /^[\w+/-]+={0,2}$/.test(value)
}

function claimsOf(payload: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof payload === 'string' ? jsonObject(payload) : undefined
}

function isAhead(exp: unknown, now: number): boolean {
  return typeof exp === 'number' && exp > now && exp <= now + longestSeconds
}
