import type { Denial, DenialCode } from '@countersign/receiver'
import type { Forgery, ForgeryFamily, ForgeryTarget } from '../forgery.ts'
import type { IssuerKey, Strangers } from '../keys.ts'
import {
  type Claims,
  compactJws,
  googleClaims,
  rsaSigner,
  type Segment,
  type Signer,
  subjectOf,
} from '../tokens.ts'

/** The issuer's key and other materials for forgeries. With the issuer's own key a forged token has a valid signature. */
export interface Materials {
  key: IssuerKey
  header: Claims
  strangers: Strangers
  /** Milliseconds since the epoch. */
  now: number
}

/** The materials for one family of forgeries, prepared for a target. */
export interface Workshop {
  /** The caller that the forgeries pretend to be, and the service they are sent to. */
  target: Required<ForgeryTarget>
  /** Whether the receiver knows the caller's unique id, too. */
  pinsSubject: boolean
  /** Seconds since the epoch. */
  now: number
  key: IssuerKey
  strangers: Strangers
  /** A genuine token's header. */
  header: Claims
  /** A genuine token's claims. */
  claims: Claims
  /** Makes a genuine token with these changes. */
  token(changes?: TokenChanges): string
}

/** The differences from a genuine token. */
interface TokenChanges {
  /** Header parameters to add or to replace; `undefined` leaves one out. */
  header?: Claims
  /** Claims to add or to replace; `undefined` leaves one out. */
  claims?: Claims
  /** Replaces the whole header. */
  rawHeader?: Segment
  /** Replaces the whole payload. */
  rawPayload?: Segment
  /** @default RS256 with the issuer's own key */
  sign?: Signer
}

/** Prepares the materials for forgeries of this target. */
export function openWorkshop(target: ForgeryTarget, materials: Materials): Workshop {
  const { key, header, strangers, now } = materials
  const subject = target.subject ?? subjectOf(target.email)
  const claims = googleClaims({ ...target, subject }, now)
  const genuine = rsaSigner(key.privateKey)
  return {
    target: { ...target, subject, tokenHeader: target.tokenHeader ?? 'authorization' },
    pinsSubject: target.subject !== undefined,
    now: claims.iat as number,
    key,
    strangers,
    header,
    claims,
    token: (changes = {}) =>
      compactJws({
        header: changes.rawHeader ?? { ...header, ...changes.header },
        payload: changes.rawPayload ?? { ...claims, ...changes.claims },
        sign: changes.sign ?? genuine,
      }),
  }
}

/** A forgery before it becomes a call. */
export interface Draft {
  name: string
  why: string
  code: DenialCode
  /** The forged token, which is sent like a genuine one. */
  token: string
}

/** A forgery of the headers themselves. */
export interface HeadersDraft extends Omit<Draft, 'token'> {
  /** Each header as on the wire. */
  headers: readonly { name: string; value: string }[]
}

/** A forgery that differs from a genuine token in a few claims; `undefined` leaves one out. */
export interface ClaimsDraft extends Omit<Draft, 'token'> {
  claims: Claims
}

/** Turns drafts into calls. */
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
      expected: { status: statuses[draft.code], code: draft.code },
    }
  })
}

function bearer(name: string, token: string): HeadersDraft['headers'][number] {
  return { name, value: `Bearer ${token}` }
}

/** Joins a header that is sent twice in the way that `fetch` does (RFC 9110 section 5.3). */
function joined(headers: HeadersDraft['headers']): Record<string, string> {
  const lines: Record<string, string> = {}
  for (const { name, value } of headers) {
    const before = lines[name.toLowerCase()]
    lines[name.toLowerCase()] = before === undefined ? value : `${before}, ${value}`
  }
  return lines
}

/**
 * The status of each code (RFC 6750 section 3.1): 403 once it is known who calls. No single call can cause
 * `operation_not_allowed`, `keys_unavailable` or `audience_unavailable`. A new code doesn't compile until
 * it is here.
 */
const statuses: Record<DenialCode, Denial['status']> = {
  token_missing: 401,
  token_ambiguous: 400,
  token_malformed: 401,
  algorithm_not_allowed: 401,
  key_unknown: 401,
  signature_removed: 401,
  signature_invalid: 401,
  issuer_mismatch: 401,
  audience_mismatch: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  lifetime_too_long: 401,
  claim_invalid: 401,
  email_missing: 403,
  email_unverified: 403,
  not_a_service_account: 403,
  caller_not_allowed: 403,
  subject_mismatch: 403,
  operation_not_allowed: 403,
  keys_unavailable: 503,
  audience_unavailable: 503,
}
