import type { Seen } from './_server.ts'

/** The name of a pool's provider, as the configurations of tests have it. */
export const provider =
  '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/g'

const providerName =
  /^\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/[\w-]+\/providers\/[\w-]+$/
const awsToken = 'urn:ietf:params:aws:token-type:aws4_request'

/** RFC 8693 section 2.1, and what Google's STS asks beyond it. */
const fields: Readonly<Record<string, (value: string, form: URLSearchParams) => boolean>> = {
  grant_type: (value) => value === 'urn:ietf:params:oauth:grant-type:token-exchange',
  audience: (value) => providerName.test(value),
  scope: (value) => value === 'https://www.googleapis.com/auth/cloud-platform',
  requested_token_type: (value) => value === 'urn:ietf:params:oauth:token-type:access_token',
  subject_token_type: (value) =>
    value === awsToken || /^urn:ietf:params:oauth:token-type:(jwt|id_token)$/.test(value),
  subject_token: (value, form) =>
    form.get('subject_token_type') === awsToken
      ? isSignedForAws(value, String(form.get('audience')))
      : value !== '',
}

/**
 * Google's Security Token Service by the letter of its reference: nothing but a whole and well-formed
 * exchange gets a token.
 *
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
export function exchange({ method, headers, body }: Omit<Seen, 'url'>): {
  status: number
  body: string
} {
  const form = new URLSearchParams(body)
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  const wrong = Object.entries(fields).find(([name, isRight]) => {
    const [value, ...more] = form.getAll(name)
    return value === undefined || more.length > 0 || !isRight(value, form)
  })
  const isWhole = method === 'POST' && isForm && !wrong
  const answer = isWhole
    ? { access_token: 'ya29.federated', token_type: 'Bearer', expires_in: 3600 }
    : { error: 'invalid_request', error_description: `Invalid value for "${wrong?.[0]}"` }
  return { status: isWhole ? 200 : 400, body: JSON.stringify(answer) }
}

/**
 * A GetCallerIdentity request for this pool's provider, serialized and signed (Signature Version 4).
 *
 * https://cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds#rest
 */
function isSignedForAws(token: string, audience: string): boolean {
  const { url, method, headers } = JSON.parse(decodeURIComponent(token))
  const sent = new Headers(
    headers.map(({ key, value }: { key: string; value: string }) => [key, value]),
  )
  const { hostname, searchParams } = new URL(url)
  const region = /^sts\.([\w-]+)\.amazonaws\.com$/.exec(hostname)?.[1]
  const scope = new RegExp(
    `^AWS4-HMAC-SHA256 Credential=\\w+/\\d{8}/${region}/sts/aws4_request, SignedHeaders=[\\w;-]*host[\\w;-]*, Signature=[0-9a-f]{64}$`,
  )
  return (
    method === 'POST' &&
    searchParams.get('Action') === 'GetCallerIdentity' &&
    sent.get('host') === hostname &&
    sent.has('x-amz-date') &&
    sent.get('x-goog-cloud-target-resource') === audience &&
    scope.test(sent.get('authorization') ?? '')
  )
}
