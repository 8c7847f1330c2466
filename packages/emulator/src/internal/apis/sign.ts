import { sign } from 'node:crypto'
import { CompactSign } from 'jose'
import type { Google } from '../../google/google.ts'
import { jsonObject } from '../../http/body.ts'
import { type Handler, json } from '../../http/route.ts'
import { googleError } from './google-error.ts'
import { checkImpersonation } from './impersonation.ts'

/**
 * `POST /v1/projects/-/serviceAccounts/EMAIL:signBlob`: signs bytes with the account's key, as signed
 * URLs of Cloud Storage want it.
 *
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signBlob
 *
 * @param google which accounts and keys there are
 */
export function signBlobHandler(google: Google): Handler {
  return async (call, parameters) => {
    const checked = await checkImpersonation(call, parameters, google)
    if (!checked.impersonation) return checked.refusal
    const { account, body } = checked.impersonation
    const { payload } = body
    if (!isBase64(payload)) return googleError('INVALID_ARGUMENT', 'payload must be base64')
    const { keyId, privateKey } = await google.serviceAccountKeys.signing(account.email)
    const signedBlob = sign('sha256', Buffer.from(payload, 'base64'), privateKey)
    return json(200, { keyId, signedBlob: signedBlob.toString('base64') })
  }
}

/** At most twelve hours ahead. */
const longestSeconds = 12 * 60 * 60

/**
 * `POST /v1/projects/-/serviceAccounts/EMAIL:signJwt`: signs claims, a JSON text, with the account's
 * key. Without an `exp` they get one an hour ahead.
 *
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signJwt
 *
 * @param google which accounts and keys there are
 */
export function signJwtHandler(google: Google): Handler {
  return async (call, parameters) => {
    const checked = await checkImpersonation(call, parameters, google)
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
