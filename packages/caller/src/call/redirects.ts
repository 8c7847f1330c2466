import { parsedUrl } from '@countersign/shared/realm/urls'
import { redactedUrl } from '@countersign/shared/redact'
import { TargetNotAllowedError } from '../errors.ts'
import { holdsUser, userRefused } from '../targets/refusals.ts'
import { isReplayable, type OutgoingRequest } from './request.ts'

/**
 * Returns the request that a redirect leads to, by the fetch standard (section 'HTTP-redirect fetch').
 *
 * @param followed the number of redirects that were followed before this one
 * @throws {@link TargetNotAllowedError} `redirect_refused` if the redirect can't be followed
 */
export function redirectOf(
  request: OutgoingRequest,
  response: Response,
  followed: number,
): OutgoingRequest {
  const url = parsedUrl(locationOf(response), request.url.href)
  if (followed >= maxRedirects || url === undefined) {
    throw redirectRefused(request, new Error('Too many redirects, or a Location that is not a URL'))
  }
  const next = { ...request, url }
  // In any mode: the server can put the token itself there, and fetch's own error would print it.
  if (holdsUser(next.url)) throw redirectRefused(request, userRefused(next.url))
  if (becomesGet(response.status, request.method)) return withoutBody(next)
  if (isReplayable(request.body)) return next
  throw redirectRefused(
    request,
    new Error('The request has a stream as its body, which can be sent only once'),
  )
}

/** Returns the error for a redirect that isn't followed. */
export function redirectRefused({ url }: OutgoingRequest, cause: unknown): TargetNotAllowedError {
  return new TargetNotAllowedError(
    'redirect_refused',
    `The redirect from ${redactedUrl(url)} is not followed`,
    {
      hint: 'See the cause. Call the place that the redirect leads to, or add it to targets or to the policy.',
      cause,
    },
  )
}

/** `Headers` decodes values as Latin-1, but this one is UTF-8 (fetch standard, 'location URL'). */
function locationOf({ headers }: Response): string {
  const text = String(headers.get('location'))
  return /[\u0080-\u00ff]/.test(text) ? Buffer.from(text, 'latin1').toString() : text
}

/** The limit of the fetch standard. */
const maxRedirects = 20

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return status <= 302 && method === 'POST'
}

function withoutBody(request: OutgoingRequest): OutgoingRequest {
  const headers = request.headers.filter(([name]) => !bodyHeaders.has(name.toLowerCase()))
  const { duplex: _, ...init } = request.init
  return { ...request, method: 'GET', headers, body: null, init }
}

/** Fetch standard, 'request-body-header name', and Content-Length. */
const bodyHeaders: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
])
