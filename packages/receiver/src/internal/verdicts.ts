import type { Caller, Decision } from '../decision.ts'
import type { IncomingCall } from '../receiver.ts'
import type { CompiledEntry } from './allow-list.ts'
import type { ServiceAccountClaims } from './claims.ts'
import { denialOf } from './denials.ts'
import type { Failure } from './failure.ts'
import type { UnverifiedJws } from './jws.ts'
import type { Operation } from './operations.ts'
import { pushOf } from './push.ts'
import type { Rules } from './rules.ts'
import type { ReceiverSettings } from './settings.ts'

/** A call on its way through the stages. */
export interface Passage {
  call: IncomingCall
  operation: Operation
  /** Those that counted when it came. */
  rules: Rules
  startedAt: number
}

/** What a call that is refused brought along. */
interface Refusal {
  failure: Failure
  /** There once the signature held. */
  claims?: ServiceAccountClaims
  /** There where the failure came before the signature was looked at. */
  unverified?: UnverifiedJws | undefined
  cached?: boolean
}

/** Makes decisions, and tells of them. */
export interface Verdicts {
  /** When a decision began, where anybody wants to know. */
  startTime(): number
  /** Let through with no caller set. */
  passed(passage: Passage): Decision
  allowed(
    passage: Passage,
    found: { claims: ServiceAccountClaims; entry: CompiledEntry; cached: boolean },
  ): Decision
  denied(passage: Passage, refusal: Refusal): Decision
}

/** Makes the last stage. */
export function createVerdicts({ report, isTimed, enforced }: ReceiverSettings): Verdicts {
  return {
    startTime: isTimed ? () => performance.now() : () => 0,

    passed(passage) {
      if (isTimed) report({ ...passage, cached: false })
      return { allowed: true, caller: undefined }
    },

    allowed(passage, { claims, entry, cached }) {
      const caller = callerOf(claims, entry, passage.call)
      if (isTimed) report({ ...passage, caller, cached })
      return { allowed: true, caller }
    },

    denied(passage, { failure, claims, unverified, cached = false }) {
      const caller = claims && callerOf(claims)
      report({ ...passage, failure, caller, unverified, cached })
      const denial = denialOf(failure.code)
      return { allowed: false, enforced, denial, ...(caller && { caller }) }
    },
  }
}

/** Made anew for each decision, so that no handler can change what the next one sees. */
function callerOf(
  claims: ServiceAccountClaims,
  entry?: CompiledEntry,
  call?: IncomingCall,
): Caller {
  const caller: Caller = {
    email: claims.email,
    subject: claims.sub,
    audience: claims.aud,
    issuedAt: new Date(claims.iat * 1000),
    expiresAt: new Date(claims.exp * 1000),
    claims,
  }
  if (entry?.push && call) caller.push = pushOf(entry.push, call.headers)
  return caller
}
