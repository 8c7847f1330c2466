import type { CompiledTarget } from '../targets/target.ts'
import { isSafe } from './request.ts'

/** Who refused a call, as its answer shows. */
export interface AnswerRefusal {
  by: 'platform' | 'receiver' | 'application'
  /** The receiver's `Countersign-Code`. */
  code: string | undefined
}

/** The part of a target that shows who can refuse calls to it. */
export type RefusingTarget = Pick<CompiledTarget, 'hasFrontDoor'>

/**
 * Finds out who refused a call. A receiver names itself by its header. A 401 or 403 without that header,
 * from behind Cloud Run's front door, is the front door's if it is HTML or has Google's challenge. Any
 * other refusal is the application's.
 *
 * @param response the answer; its body isn't read
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
 * Whether an answer says that the token is no longer good, and that the call never reached the
 * application, so that the call can be repeated: a receiver's 401 with a code that another token can fix,
 * or Cloud Run's 401. For an unsafe method, the 401 must have Cloud Run's own words: an application that
 * checks tokens itself gives a similar answer.
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

/** A receiver's codes after which another token can be accepted. */
const retryableCodes: ReadonlySet<string> = new Set([
  'token_expired',
  'token_not_yet_valid',
  'key_unknown',
  'signature_invalid',
])

/** The server chooses this header's value, which could be the token that was just sent. */
function receiverCode(response: Response): string | undefined {
  const code = response.headers.get('countersign-code')
  return code !== null && /^[a-z_]{1,40}$/.test(code) ? code : undefined
}

function isHtml(response: Response): boolean {
  return contentType(response).startsWith('text/html')
}

/** RFC 6750 section 3.1. With a JSON body the challenge is an API's own, about another token. */
function challengesToken(response: Response): boolean {
  if (!/^bearer\b.*\berror="?invalid_token\b/i.test(challengeOf(response))) return false
  return !contentType(response).includes('json')
}

/** The words of Cloud Run's front door, which no library for applications uses. */
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
