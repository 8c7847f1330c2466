import { redactedUrl } from '@countersign/shared/redact'
import { TargetNotAllowedError } from '../errors.ts'
import { holdsUser, userRefused } from '../targets/targets.ts'
import { isReplayable, type OutgoingRequest } from './request.ts'

/**
 * The request that an answer redirects to, as the fetch standard makes it (section 'HTTP-redirect
 * fetch').
 *
 * @param request what was sent
 * @param response what came back: a redirect
 * @param followed how many redirects were followed before
 * @throws {@link TargetNotAllowedError} `redirect_refused` where it can't be followed
 */
export function redirectOf(
  request: OutgoingRequest,
  response: Response,
  followed: number,
): OutgoingRequest {
  const location = locationOf(response)
  if (followed >= maxRedirects || !URL.canParse(location, request.url.href)) {
    throw redirectRefused(request, new Error(`Too many redirects, or a Location that is no URL`))
  }
  const next = { ...request, url: new URL(location, request.url) }
  // In any mode: whoever redirects may name the very token there, and fetch's own error prints it.
  if (holdsUser(next.url)) throw redirectRefused(request, userRefused(next.url))
  if (becomesGet(response.status, request.method)) return withoutBody(next)
  if (isReplayable(request.body)) return next
  throw redirectRefused(request, new Error('Its body is a stream, which can be sent only once'))
}

/** The error for a redirect that isn't followed. */
export function redirectRefused({ url }: OutgoingRequest, cause: unknown): TargetNotAllowedError {
  return new TargetNotAllowedError(
    'redirect_refused',
    `The redirect that ${redactedUrl(url)} answered is not followed`,
    { hint: 'See the cause. Call where it leads to, or add that to targets.', cause },
  )
}

/** A header's value is handed out byte by byte; this one is UTF-8 (fetch standard, 'location URL'). */
function locationOf({ headers }: Response): string {
  const text = String(headers.get('location'))
  return /[\u0080-\u00ff]/.test(text) ? Buffer.from(text, 'latin1').toString() : text
}

/** As many as the fetch standard follows. */
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
