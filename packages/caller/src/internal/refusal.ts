import { isSafe } from './methods.ts'

/** Who refused a call, by its answer. */
export interface Refusal {
  readonly by: 'platform' | 'receiver' | 'application'
  /** The receiver's `Countersign-Code`. */
  readonly code: string | undefined
}

/**
 * Says who refused a call. A receiver names itself. What answers 401 or 403 in HTML, or challenges as
 * Google does, without naming itself is taken for Cloud Run's front door; all else is the application.
 *
 * @param response the answer; its body isn't touched
 */
export function refusalOf(response: Response): Refusal | undefined {
  const code = response.headers.get('countersign-code') ?? undefined
  if (code !== undefined) return { by: 'receiver', code }
  if (response.status !== 401 && response.status !== 403) return undefined
  const platform = isHtml(response) || challengesToken(response)
  return { by: platform ? 'platform' : 'application', code: undefined }
}

/**
 * Whether an answer says that the token is no longer good, and the call never reached the
 * application, so that it can be made again: 401 of a receiver, or of Cloud Run with Google's
 * challenge. An HTML page alone may be the application's: only a safe method is worth that doubt.
 *
 * @param response the answer
 * @param method the call's method
 */
export function refusesStaleToken(response: Response, method: string): boolean {
  if (response.status !== 401) return false
  const refusal = refusalOf(response)
  if (refusal?.by !== 'platform') return refusal?.by === 'receiver'
  return challengesToken(response) || isSafe(method)
}

function isHtml(response: Response): boolean {
  return contentType(response).startsWith('text/html')
}

/** RFC 6750 section 3.1. With a JSON body it is some API's own, about some other token. */
function challengesToken(response: Response): boolean {
  const challenge = response.headers.get('www-authenticate') ?? ''
  if (!/^bearer\b.*\berror="?invalid_token\b/i.test(challenge)) return false
  return !contentType(response).includes('json')
}

function contentType(response: Response): string {
  return (response.headers.get('content-type') ?? '').toLowerCase()
}
