import type { ForgeryTarget } from '../../forgery.ts'
import { type Claims, googleClaims, subjectOf } from '../claims.ts'
import { compactJws, type Segment, type Signer } from '../compact-jws.ts'
import type { IssuerKey } from '../issuer-key.ts'
import { rsaSigner } from '../signers.ts'
import type { Strangers } from './strangers.ts'

/** What an issuer puts at a forger's disposal: its own key too, as if Google signed whatever is asked. */
export interface Materials {
  key: IssuerKey
  header: Claims
  strangers: Strangers
  /** Milliseconds since the epoch. */
  now: number
}

/** Everything that a family of forgeries is made of. */
export interface Workshop {
  /** What the forgeries pretend to be. */
  target: Required<ForgeryTarget>
  /** Whether the receiver knows the caller's unique id too. */
  pinsSubject: boolean
  /** Seconds since the epoch. */
  now: number
  key: IssuerKey
  strangers: Strangers
  /** A genuine token's header. */
  header: Claims
  /** A genuine token's claims. */
  claims: Claims
  /** A genuine token, but for these changes. */
  token(changes?: TokenChanges): string
}

/** How a token differs from a genuine one. */
export interface TokenChanges {
  /** Header parameters to add, to replace, or (`undefined`) to take out. */
  header?: Claims
  /** Claims to add, to replace, or (`undefined`) to take out. */
  claims?: Claims
  /** The whole header instead. */
  rawHeader?: Segment
  /** The whole payload instead. */
  rawPayload?: Segment
  /** @default RS256 with the issuer's own key */
  sign?: Signer
}

/** Lays out what forgeries for this target are made of. */
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
