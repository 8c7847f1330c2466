import { createHash, timingSafeEqual } from 'node:crypto'
import aws4 from 'aws4'
import { jsonObject } from '../http/body.ts'

/** Matches the whole URL: a signed request must not be for anything else, or for another host. */
const callerIdentity =
  /^https:\/\/(?<host>sts(?:\.(?<region>[a-z0-9-]+))?\.amazonaws\.com)\/?\?Action=GetCallerIdentity&Version=2011-06-15$/

/** Where AWS's global endpoint is. */
const globalRegion = 'us-east-1'

const toleranceMs = 15 * 60 * 1000

/** Temporary credentials of a role. */
export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}

/** The expected caller of a request. */
export interface ExpectedCaller {
  /** The full name of the provider that it is for. */
  audience: string
  /** The credentials of the one role that the provider trusts. */
  credentials: AwsCredentials
  /** Milliseconds since the epoch. */
  now: number
}

/**
 * Checks a `GetCallerIdentity` request as Google does, and AWS, to which Google forwards it: that
 * it is exactly this request, for this provider, recent, and signed by this role.
 *
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
export function isCallerIdentity(
  { url, method, headers }: SignedRequest,
  { audience, credentials, now }: ExpectedCaller,
): boolean {
  const { host, region = globalRegion } = callerIdentity.exec(url)?.groups ?? {}
  return (
    host !== undefined &&
    method === 'POST' &&
    headers.get('host') === host &&
    isFor(headers.get('x-goog-cloud-target-resource'), audience) &&
    isTimely(headers.get('x-amz-date'), now) &&
    isSame(headers.get('x-amz-security-token') ?? '', credentials.sessionToken) &&
    isSigned(headers, { path: pathOf(url), region, credentials })
  )
}

/**
 * The header can have `https:` in front of the name. It does not have to be signed: Google only
 * recommends that, and its clients for Node and for Python add it after signing.
 */
function isFor(resource: string | undefined, audience: string): boolean {
  return resource === audience || resource === `https:${audience}`
}

function isTimely(date: string | undefined, now: number): boolean {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? '')?.slice(1)
  if (!parts) return false
  const [year, month, day, ...time] = parts
  const at = Date.parse(`${year}-${month}-${day}T${time.join(':')}Z`)
  return Math.abs(now - at) <= toleranceMs
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

/** A request to AWS that was signed but not sent. */
export interface SignedRequest {
  url: string
  method: string
  /** By name, in lower case. */
  headers: ReadonlyMap<string, string>
}

/**
 * Reads the signed request that is sent as a subject token: percent-encoded JSON.
 *
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 * @param subjectToken the value in the form
 * @returns undefined if it is not valid
 */
export function readSignedRequest(subjectToken: string): SignedRequest | undefined {
  const { url, method, headers: list, body } = jsonObject(decoded(subjectToken)) ?? {}
  const headers = headersIn(list)
  const isText = typeof url === 'string' && typeof method === 'string'
  // Google forwards no body, so a signature over one could not be valid.
  return isText && headers && !body ? { url, method, headers } : undefined
}

/** The clients for Go and Java encode a space as `+`, as forms do. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return ''
  }
}

/** Refuses repeated names: one value could be checked while another one is signed. */
function headersIn(list: unknown): ReadonlyMap<string, string> | undefined {
  if (!Array.isArray(list) || !list.every(isHeader)) return undefined
  const headers = new Map(list.map(({ key, value }) => [key.toLowerCase(), value]))
  return headers.size === list.length ? headers : undefined
}

function isHeader(value: unknown): value is { key: string; value: string } {
  if (typeof value !== 'object' || value === null) return false
  const { key, value: content } = value as Readonly<Record<string, unknown>>
  return typeof key === 'string' && typeof content === 'string'
}

/** The expected input of the signature. */
interface SigningOptions {
  /** Path and query. */
  path: string
  region: string
  credentials: AwsCredentials
}

/**
 * Whether a POST without a body to AWS's STS is signed with these credentials (Signature Version
 * 4). The request is signed again, so every change leads to another signature. That includes the
 * scope of the credential: its date, region and service.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * @param headers the headers of the request, by name in lower case
 */
function isSigned(
  headers: ReadonlyMap<string, string>,
  { path, region, credentials }: SigningOptions,
): boolean {
  const authorization = headers.get('authorization') ?? ''
  const signed = signedHeaders(headers, authorization)
  if (!signed) return false
  const request = { method: 'POST', service: 'sts', region, path, headers: signed }
  const { accessKeyId, secretAccessKey } = credentials
  const { headers: anew } = aws4.sign(request, { accessKeyId, secretAccessKey })
  return isSame(authorization.replace(/,\s*/g, ', '), String(anew?.Authorization))
}

/**
 * The headers that the request names as signed; undefined if a required header is missing there.
 */
function signedHeaders(
  headers: ReadonlyMap<string, string>,
  authorization: string,
): Record<string, string> | undefined {
  const names = /SignedHeaders=([^,\s]+)/.exec(authorization)?.[1]?.split(';') ?? []
  const isWhole = [...headers.keys()].every((name) => !mustSign(name) || names.includes(name))
  const signed = [...headers].filter(([name]) => names.includes(name))
  return isWhole ? Object.fromEntries(signed) : undefined
}

/** If unsigned, these headers could be changed on the way, such as the date of an old request. */
function mustSign(name: string): boolean {
  return name === 'host' || name.startsWith('x-amz-')
}

/** Compares in constant time. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
