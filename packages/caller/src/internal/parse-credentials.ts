import type { ServiceAccountKey } from '../credentials.ts'
import type { Json } from '../tokens/source.ts'
import { assertEmail } from './checks.ts'
import { readGoogleUrl } from './google-urls.ts'

// Checks of what credentials files hold. Each throws a TypeError that names the field, and never its
// value: it may be a key.

/** A key, and where to exchange it. */
export interface CheckedKey {
  readonly email: string
  readonly privateKey: string
  readonly keyId: string | undefined
  readonly tokenUrl: URL
}

/** Checks a service account's key. */
export function checkKey(key: ServiceAccountKey | Json, emulator: URL | undefined): CheckedKey {
  const fields: Json = { ...key }
  assertType(fields, 'service_account')
  return {
    email: text(fields, 'client_email'),
    privateKey: pemOf(text(fields, 'private_key')),
    keyId: optionalText(fields, 'private_key_id'),
    tokenUrl: tokenUrlOf(fields, emulator),
  }
}

/**
 * A key with line breaks where PEM has them (RFC 7468 section 2). Variables and secrets hold them as `\n`
 * in two characters, as spaces, or not at all; base64 has none of these.
 */
function pemOf(text: string): string {
  const [, label, body = ''] = /-----BEGIN ([A-Z ]+)-----(.*)-----END \1-----/s.exec(text) ?? []
  const base64 = body.replace(/\\+[rn]|\s/g, '')
  if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) return text
  return `-----BEGIN ${label}-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`
}

/** A person's credentials, as `gcloud auth application-default login` leaves them. */
export interface CheckedUser {
  /** Whether a workforce pool knows them, and not Google itself. */
  readonly isWorkforce: boolean
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
  readonly tokenUrl: URL
}

/** Checks a person's credentials. */
export function checkUser(fields: Json, emulator: URL | undefined): CheckedUser {
  const isWorkforce = fields.type === 'external_account_authorized_user'
  return {
    isWorkforce,
    clientId: text(fields, 'client_id'),
    clientSecret: text(fields, 'client_secret'),
    refreshToken: text(fields, 'refresh_token'),
    tokenUrl: isWorkforce
      ? readGoogleUrl(fields.token_url, 'token_url of a workforce login', emulator)
      : tokenUrlOf(fields, emulator),
  }
}

/** Whom to become, and where. */
export interface CheckedImpersonation {
  readonly serviceAccount: string
  readonly endpoint: URL
  readonly delegates: readonly string[]
}

/** Checks an impersonation: of a file of its own, or of a federation's configuration. */
export function checkImpersonation(fields: Json, emulator: URL | undefined): CheckedImpersonation {
  const field = 'service_account_impersonation_url'
  if (fields[field] === undefined) {
    throw new TypeError(`${field} is missing: only a service account has ID tokens`)
  }
  const endpoint = readGoogleUrl(fields[field], field, emulator)
  const serviceAccount = decoded(endpoint.pathname.slice(prefix.length).replace(/:\w+$/, ''))
  assertEmail(serviceAccount, field)
  return { serviceAccount, endpoint, delegates: readDelegates(fields.delegates) }
}

const prefix = '/v1/projects/-/serviceAccounts/'

/** What isn't well escaped is no email either. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return ''
  }
}

/** Files name them by email or by their resource names. */
function readDelegates(delegates: unknown = []): string[] {
  if (!Array.isArray(delegates)) throw new TypeError('delegates must be a list of emails')
  return delegates.map((delegate, index) => {
    const email = String(delegate).replace(/^projects\/-\/serviceAccounts\//, '')
    assertEmail(email, `delegates[${index}]`)
    return email
  })
}

function tokenUrlOf(fields: Json, emulator: URL | undefined): URL {
  const { token_uri: uri = 'https://oauth2.googleapis.com/token' } = fields
  return readGoogleUrl(uri, 'token_uri', emulator)
}

/** Refuses credentials of another type. */
export function assertType(fields: Json, type: string): void {
  if (fields.type !== type) throw new TypeError(`type must be '${type}'`)
}

/** A field that is needed. */
export function text(fields: Json, field: string): string {
  const value = optionalText(fields, field)
  if (value !== undefined) return value
  throw new TypeError(`${field} is missing`)
}

/** A field that may be left out; one that is empty is. */
export function optionalText(fields: Json, field: string): string | undefined {
  const value = fields[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}
