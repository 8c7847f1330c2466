import type { ExternalAccountConfig, ServiceAccountKey } from '../../credentials.ts'
import { isObject, type Json } from '../../tokens/source.ts'
import { readGoogleUrl } from './google-urls.ts'

// Checks of what credentials files hold. Each throws a TypeError that names the field, and never its
// value: it may be a key.

/** The types of credentials files that tokens can be had with. */
export type CredentialsType =
  | 'service_account'
  | 'authorized_user'
  | 'external_account_authorized_user'
  | 'external_account'
  | 'impersonated_service_account'

/** A key, and where to exchange it. */
export interface CheckedKey {
  email: string
  privateKey: string
  keyId: string | undefined
  tokenUrl: URL
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
  isWorkforce: boolean
  clientId: string
  clientSecret: string
  refreshToken: string
  tokenUrl: URL
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
  serviceAccount: string
  endpoint: URL
  delegates: readonly string[]
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

/** Refuses what isn't the email of an account: it becomes part of a URL's path. */
export function assertEmail(value: unknown, where: string): asserts value is string {
  if (typeof value === 'string' && /^[\w.+-]+@[\w-]+(?:\.[\w-]+)*$/.test(value)) return
  throw new TypeError(
    `${where} must be the email of a service account: write name@project.iam.gserviceaccount.com, with nothing around it`,
  )
}

/** Refuses credentials of another type. */
function assertType(fields: Json, type: CredentialsType): void {
  if (fields.type !== type) throw new TypeError(`type must be '${type}'`)
}

/** A field that is needed. */
function text(fields: Json, field: string): string {
  const value = optionalText(fields, field)
  if (value !== undefined) return value
  throw new TypeError(`${field} is missing`)
}

/** A field that may be left out; one that is empty is. */
function optionalText(fields: Json, field: string): string | undefined {
  const value = fields[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A federation: who is to be become, and how. */
export interface CheckedFederation {
  /** The full name of the pool's provider. */
  audience: string
  subjectTokenType: string
  tokenUrl: URL
  /** The project that is billed for an exchange of a workforce pool. */
  userProject: string | undefined
  /** Where the foreign token comes from: as google-auth-library reads it, or code that gets it. */
  source: Json | (() => Promise<string>)
  account: CheckedImpersonation
}

/**
 * Checks a federation's configuration, and takes out of it what is known, field by field: the library
 * also reads each by a name in camel case, and many more, such as another URL to send the token to.
 *
 * @throws {TypeError} where it is wrong
 */
export function checkFederation(
  config: ExternalAccountConfig | Json,
  emulator: URL | undefined,
): CheckedFederation {
  const fields: Json = { ...config }
  assertType(fields, 'external_account')
  if (fields.token_info_url !== undefined) {
    readGoogleUrl(fields.token_info_url, 'token_info_url', emulator)
  }
  return {
    audience: text(fields, 'audience'),
    subjectTokenType: text(fields, 'subject_token_type'),
    tokenUrl: readGoogleUrl(fields.token_url, 'token_url', emulator),
    userProject: optionalText(fields, 'workforce_pool_user_project'),
    source: sourceOf(fields),
    account: checkImpersonation(fields, emulator),
  }
}

function sourceOf({
  credential_source: source,
  subjectToken,
  subject_token_supplier: supplier,
}: Json): CheckedFederation['source'] {
  if (supplier !== undefined) {
    throw new TypeError(
      'subject_token_supplier is read by google-auth-library alone: write subjectToken: () => Promise<string> in its place',
    )
  }
  if (subjectToken === undefined) return readCredentialSource(source)
  if (source !== undefined) {
    throw new TypeError('credential_source and subjectToken are both given: leave one of them out')
  }
  if (typeof subjectToken === 'function') return subjectToken as () => Promise<string>
  throw new TypeError('subjectToken must be a function that returns a promise of the token')
}

/** Reads the value of a field, or says what it must be. */
type Read = (value: unknown, field: string) => unknown

/**
 * Checks where the foreign token of a federation comes from, and takes out what is known, field by
 * field. The places themselves can't be checked: a file, a URL, a program or AWS's metadata server is
 * wherever the configuration says.
 *
 * Source: https://google.aip.dev/auth/4117
 *
 * @throws {TypeError} where it is wrong, or of a kind that isn't supported
 */
function readCredentialSource(value: unknown): Json {
  if (!isObject(value)) throw new TypeError('credential_source must be an object')
  const kind = kinds.find(([name]) => value[name] !== undefined)
  if (kind) return readFields(value, kind[1], 'credential_source')
  throw new TypeError(
    'credential_source must have a file, url, executable or environment_id: no other is supported',
  )
}

const format: Read = objectOf({ type: asText, subject_token_field_name: asText })

/** By the field that tells them apart, in the library's order. */
const kinds: readonly (readonly [string, Readonly<Record<string, Read>>])[] = [
  [
    'environment_id',
    {
      environment_id: asText,
      region_url: asText,
      url: asText,
      regional_cred_verification_url: asText,
      imdsv2_session_token_url: asText,
    },
  ],
  [
    'executable',
    { executable: objectOf({ command: asText, timeout_millis: asNumber, output_file: asText }) },
  ],
  ['file', { file: asText, format }],
  ['url', { url: asText, headers: asHeaders, format }],
]

function readFields(value: Json, fields: Readonly<Record<string, Read>>, where: string): Json {
  const known = Object.entries(fields).filter(([name]) => value[name] !== undefined)
  return Object.fromEntries(
    known.map(([name, read]) => [name, read(value[name], `${where}.${name}`)]),
  )
}

function objectOf(fields: Readonly<Record<string, Read>>): Read {
  return (value, field) => {
    if (!isObject(value)) throw new TypeError(`${field} must be an object`)
    return readFields(value, fields, field)
  }
}

function asText(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`${field} must be a string that isn't empty`)
}

function asNumber(value: unknown, field: string): number {
  if (typeof value === 'number') return value
  throw new TypeError(`${field} must be a number`)
}

function asHeaders(value: unknown, field: string): Json {
  if (!isObject(value)) throw new TypeError(`${field} must be an object`)
  return Object.fromEntries(
    Object.entries(value).map(([name, header]) => [name, asText(header, `${field}.${name}`)]),
  )
}
