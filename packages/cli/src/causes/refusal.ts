import type { Answer, Evidence, Refuser } from './evidence.ts'

/** Who refused a call, with which status. */
export interface Refusal {
  by: Refuser
  status: number
  /** Whether the call had a token; undefined if nothing shows it. */
  hadToken?: boolean
  /** The code of the receiver, or of the caller. */
  code?: string
}

/** Finds out who refused the call that the evidence is about; undefined if nobody is known to. */
export function refusalOf(evidence: Evidence): Refusal | undefined {
  const { ownRefusal, signed, requestLog, denial } = evidence
  if (ownRefusal) return { by: 'the caller', status: 0, code: ownRefusal.code }
  if (signed) return ofAnswer(signed)
  if (denial) return { by: 'the receiver', status: 0, code: denial.code }
  if (requestLog !== undefined && requestLog !== 'absent') return ofLine(requestLog)
  return undefined
}

function ofAnswer(answer: Answer): Refusal | undefined {
  const by = refuserOf(answer)
  if (!by) return undefined
  return { by, status: answer.status, hadToken: true, ...(answer.code && { code: answer.code }) }
}

/**
 * Finds out who refused a call, by its answer. Google's refusals are HTML in its own words; a receiver
 * names itself by its header.
 */
export function refuserOf(answer: Answer): Refuser | undefined {
  const { status, code, isIap } = answer
  if (code !== undefined && status >= 400) return 'the receiver'
  if (isIap) return 'IAP'
  if (isGooglesOwn(answer)) return 'the front door'
  return status === 401 || status === 403 ? 'the application' : undefined
}

const wordsOfGoogle =
  /Your client does not have permission (?:to get URL|to the requested URL)|The requested URL .{0,300}was not found on this server/s

function isGooglesOwn({ status, contentType = '', challenge = '', text = '' }: Answer): boolean {
  if (status !== 401 && status !== 403 && status !== 404) return false
  const isHtml = contentType.toLowerCase().startsWith('text/html')
  if (status !== 404 && challenge.includes('The access token could not be verified')) return true
  return isHtml && wordsOfGoogle.test(text)
}

/** The platform's words are compared up to the first full stop: the rest differs between versions. */
function ofLine({ status, text = '' }: { status: number; text?: string }): Refusal | undefined {
  if (/Invalid IAP credentials/.test(text)) return { by: 'IAP', status }
  if (/^The request was not authenticated/.test(text)) {
    const isEmpty = text.includes('Empty Authorization header value')
    return { by: 'the front door', status, hadToken: !isEmpty }
  }
  if (/^The request was not authorized to invoke this service/.test(text)) {
    return { by: 'the front door', status, hadToken: true }
  }
  if (status === 401 || status === 403) return { by: 'the application', status }
  return undefined
}

/** Whether the front door refused, with one of these statuses, a call that had a token or could have had one. */
export function isFrontDoors(evidence: Evidence, ...statuses: readonly number[]): boolean {
  const refusal = refusalOf(evidence)
  return refusal?.by === 'the front door' && statuses.includes(refusal.status)
}

/** Whether the receiver refused the call with one of these codes. */
export function isReceivers(evidence: Evidence, ...codes: readonly string[]): boolean {
  const refusal = refusalOf(evidence)
  return refusal?.by === 'the receiver' && codes.includes(refusal.code ?? '')
}
