import type { Denial, DenialCode } from '@countersign/receiver'
import type { Forgery, ForgeryFamily, ForgeryTarget } from '../../forgery.ts'

/** A forgery before it is dressed as a call. */
export interface Draft {
  name: string
  why: string
  code: DenialCode
  /** The forged token, which travels as a genuine one would. */
  token: string
}

/** A forgery of the headers themselves. */
export interface HeadersDraft extends Omit<Draft, 'token'> {
  /** Each header as it stands on the wire. */
  headers: readonly { name: string; value: string }[]
}

/** Dresses drafts as calls. */
export function callsWith(
  family: ForgeryFamily,
  drafts: readonly (Draft | HeadersDraft)[],
  { tokenHeader }: Required<ForgeryTarget>,
): Forgery[] {
  return drafts.map((draft) => {
    const headers = 'token' in draft ? [bearer(tokenHeader, draft.token)] : draft.headers
    return {
      name: draft.name,
      family,
      why: draft.why,
      headers: joined(headers),
      rawHeaders: headers.flatMap(({ name, value }) => [name, value]),
      expected: { status: statusOf(draft.code), code: draft.code },
    }
  })
}

function bearer(name: string, token: string): HeadersDraft['headers'][number] {
  return { name, value: `Bearer ${token}` }
}

/** As `fetch` joins a header that is there twice (RFC 9110 section 5.3). */
function joined(headers: HeadersDraft['headers']): Record<string, string> {
  const lines: Record<string, string> = {}
  for (const { name, value } of headers) {
    const before = lines[name.toLowerCase()]
    lines[name.toLowerCase()] = before === undefined ? value : `${before}, ${value}`
  }
  return lines
}

/** The status that goes with a code (RFC 6750 section 3.1): 403 once it is known who calls. */
const statuses: Partial<Record<DenialCode, Denial['status']>> = {
  token_ambiguous: 400,
  email_missing: 403,
  email_unverified: 403,
  not_a_service_account: 403,
  caller_not_allowed: 403,
  subject_mismatch: 403,
}

function statusOf(code: DenialCode): Denial['status'] {
  return statuses[code] ?? 401
}
