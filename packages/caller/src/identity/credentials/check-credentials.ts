import type { ExternalAccountConfig, ServiceAccountKey } from '../../credentials.ts'
import { isObject, type Json } from '../../tokens/source.ts'
import { readGoogleUrl } from './google-urls.ts'

// Checks of the content of credentials files. Each throws a TypeError that names the field, and never
// its value, which could be a key.

/** The types of credentials files that can be exchanged for tokens. */
export type CredentialsType =
  | 'service_account'
  | 'authorized_user'
  | 'external_account_authorized_user'
  | 'external_account'
  | 'impersonated_service_account'

/** A key, and the URL that exchanges it. */
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
 * Returns a key with the line breaks of PEM (RFC 7468 section 2). In variables and secrets these can be
 * `\n` in two characters, spaces, or missing; base64 itself contains none of these.
 */
function pemOf(text: string): string {
  const [, label, body = ''] = /-----BEGIN ([A-Z ]+)-----(.*)-----END \1-----/s.exec(text) ?? []
  const base64 = body.replace(/\\+[rn]|\s/g, '')
  if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) return text
  return `-----BEGIN ${label}-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`
}

/** A person's credentials, as `gcloud auth application-default login` writes them. */
export interface CheckedUser {
  /** Whether the person logs in through a workforce pool, and not with a Google account. */
  isWorkforce: boolean
  clientId: string
  clientSecret: string
  refreshToken: string
  tokenUrl: URL
}

/** Checks a person's credentials. */
export function checkUser(fields: Json, emulator: URL | undefined): CheckedUser {
  const isWorkforce = fields.type === 'external_account_authorized_user'
  assertUniverse(fields)
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

/** Checks the project that pays for requests, which `gcloud auth application-default set-quota-project` writes. */
export function checkQuotaProject(fields: Json): string | undefined {
  const project = optionalText(fields, 'quota_project_id')
  if (project === undefined || /^[\w.:-]+$/.test(project)) return project
  throw new TypeError('quota_project_id must be the id of a project')
}

/** The account to impersonate, and the endpoint for that. */
export interface CheckedImpersonation {
  serviceAccount: string
  endpoint: URL
  delegates: readonly string[]
}

/** Checks an impersonation, from a file of its own or from a federation's configuration. */
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

/** Returns an empty text, which is not an email, if the escapes are wrong. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return ''
  }
}

/** Files have emails here, or resource names. */
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

/** Refuses a value that isn't the email of an account: it becomes part of a URL's path. */
export function assertEmail(value: unknown, where: string): asserts value is string {
  if (typeof value === 'string' && /^[\w.+-]+@[\w-]+(?:\.[\w-]+)*$/.test(value)) return
  throw new TypeError(
    `${where} must be the email of a service account: write login-run@acme.iam.gserviceaccount.com, with nothing around it`,
  )
}

/** Refuses credentials of another type. */
function assertType(fields: Json, type: CredentialsType): void {
  if (fields.type !== type) throw new TypeError(`type must be "${type}"`)
  assertUniverse(fields)
}

/** Other universes have token endpoints of their own, at which nothing here was ever tried. */
function assertUniverse(fields: Json): void {
  const universe = optionalText(fields, 'universe_domain') ?? 'googleapis.com'
  if (universe === 'googleapis.com') return
  throw new TypeError(
    'universe_domain must be "googleapis.com": other universes of Google are not supported',
  )
}

/** Returns a required field. */
function text(fields: Json, field: string): string {
  const value = optionalText(fields, field)
  if (value !== undefined) return value
  throw new TypeError(`${field} is missing`)
}

/** Returns an optional field; undefined if it is empty. */
function optionalText(fields: Json, field: string): string | undefined {
  const value = fields[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A federation: the account to impersonate, and how. */
export interface CheckedFederation {
  /** The full name of the pool's provider. */
  audience: string
  subjectTokenType: string
  tokenUrl: URL
  /** The project that pays for the exchange of a workforce pool's token. */
  userProject: string | undefined
  /** The source of the foreign token: a configuration for google-auth-library, or a function. */
  source: Json | (() => Promise<string>)
  account: CheckedImpersonation
}

/**
 * Checks a federation's configuration, and copies the known fields only: the library also reads each
 * field under a name in camel case, and many other fields, such as another URL to send the token to.
 *
 * @throws {TypeError} if it is wrong
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
      'subject_token_supplier is an option of google-auth-library only: write subjectToken: () => Promise<string> instead',
    )
  }
  if (subjectToken === undefined) return readCredentialSource(source)
  if (source !== undefined) {
    throw new TypeError('credential_source and subjectToken are both given: leave one of them out')
  }
  if (typeof subjectToken === 'function') return subjectToken as () => Promise<string>
  throw new TypeError('subjectToken must be a function that returns a promise of the token')
}

/** Reads the value of a field, or throws an error that says what it must be. */
type Read = (value: unknown, field: string) => unknown

/**
 * Checks the source of a federation's foreign token, and copies the known fields only. The places
 * themselves can't be checked: the configuration can name any file, URL, program or AWS metadata server.
 *
 * @see https://google.aip.dev/auth/4117
 * @throws {TypeError} if it is wrong, or of a kind that isn't supported
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

/** The kinds of sources, by the field that identifies them, in the library's order. */
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
