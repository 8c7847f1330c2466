import type { CompiledTarget } from '../targets/target.ts'
import { isSafe } from './request.ts'

/** Who refused a call, by its answer. */
export interface AnswerRefusal {
  by: 'platform' | 'receiver' | 'application'
  /** The receiver's `Countersign-Code`. */
  code: string | undefined
}

/** What of a target says who can refuse there. */
export type RefusingTarget = Pick<CompiledTarget, 'hasFrontDoor'>

/**
 * Says who refused a call. A receiver names itself. Behind Cloud Run's front door, what answers 401 or
 * 403 in HTML, or challenges as Google does, without naming itself is taken for that. All else is the
 * application.
 *
 * @param response the answer; its body isn't touched
 * @param target where it came from
 */
export function refusalOf(response: Response, target: RefusingTarget): AnswerRefusal | undefined {
  if (response.status < 400) return undefined
  const code = receiverCode(response)
  if (code !== undefined) return { by: 'receiver', code }
  if (response.status !== 401 && response.status !== 403) return undefined
  const platform = target.hasFrontDoor && (isHtml(response) || challengesToken(response))
  return { by: platform ? 'platform' : 'application', code: undefined }
}

/**
 * Whether an answer says that the token is no longer good, and the call never reached the
 * application, so that it can be made again: a receiver's 401 that another token may mend, or Cloud
 * Run's. For a method that isn't safe, Cloud Run must say so in its own words: an application that
 * checks tokens itself answers much the same.
 *
 * @param response the answer
 * @param method the call's method
 * @param target where it came from
 */
export function refusesStaleToken(
  response: Response,
  method: string,
  target: RefusingTarget,
): boolean {
  if (response.status !== 401) return false
  const refusal = refusalOf(response, target)
  if (refusal?.by === 'receiver') return retryableCodes.has(String(refusal.code))
  return refusal?.by === 'platform' && (isSafe(method) || isGooglesOwn(response))
}

/** What a receiver says of a token in whose place another one may pass. */
const retryableCodes: ReadonlySet<string> = new Set([
  'token_expired',
  'token_not_yet_valid',
  'key_unknown',
  'signature_invalid',
])

/** Whoever answers chooses the header: it may be the very token that was sent. */
function receiverCode(response: Response): string | undefined {
  const code = response.headers.get('countersign-code')
  return code !== null && /^[a-z_]{1,40}$/.test(code) ? code : undefined
}

function isHtml(response: Response): boolean {
  return contentType(response).startsWith('text/html')
}

/** RFC 6750 section 3.1. With a JSON body it is some API's own, about some other token. */
function challengesToken(response: Response): boolean {
  if (!/^bearer\b.*\berror="?invalid_token\b/i.test(challengeOf(response))) return false
  return !contentType(response).includes('json')
}

/** The words of Cloud Run's front door, which no library of an application's uses. */
function isGooglesOwn(response: Response): boolean {
  const words = 'error_description="The access token could not be verified"'
  return challengesToken(response) && challengeOf(response).includes(words)
}

function challengeOf(response: Response): string {
  return response.headers.get('www-authenticate') ?? ''
}

function contentType(response: Response): string {
  return (response.headers.get('content-type') ?? '').toLowerCase()
}
