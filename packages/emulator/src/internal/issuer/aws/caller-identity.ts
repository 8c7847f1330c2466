import type { AwsCredentials } from './aws-instance.ts'
import { isSame, isSigned } from './signature.ts'
import type { SignedRequest } from './signed-request.ts'

/** The whole of it: a signed request must ask AWS for nothing else, and no other host. */
const callerIdentity =
  /^https:\/\/(?<host>sts(?:\.(?<region>[a-z0-9-]+))?\.amazonaws\.com)\/?\?Action=GetCallerIdentity&Version=2011-06-15$/

/** Where AWS's global endpoint is. */
const globalRegion = 'us-east-1'

const toleranceMs = 15 * 60 * 1000

/** What a request is checked against. */
export interface ExpectedCaller {
  /** The full name of the provider that it is for. */
  readonly audience: string
  /** Those of the one role that the provider trusts. */
  readonly credentials: AwsCredentials
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Checks a `GetCallerIdentity` request as Google does, and then AWS, to which Google hands it on:
 * that it is that very request, for this provider, of these minutes, and signed by this role.
 *
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 *
 * @param request the request
 * @param expected what it is checked against
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
 * With `https:` before it or without. It need not be among the signed headers: Google only
 * recommends that, and its clients for Node and for Python add it once they have signed.
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
