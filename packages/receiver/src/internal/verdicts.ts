import type { Caller, Decision } from '../decision.ts'
import type { IncomingCall } from '../receiver.ts'
import type { CompiledEntry } from '../rules/allow-list.ts'
import type { Operation } from '../rules/operation.ts'
import type { Rules } from '../rules/rules.ts'
import type { ServiceAccountClaims } from './claims.ts'
import { denialOf } from './denials.ts'
import type { Failure } from './failure.ts'
import type { UnverifiedJws } from './jws.ts'
import { pushOf } from './push.ts'
import type { ReceiverSettings } from './settings.ts'

/** A call on its way through the stages. */
export interface Passage {
  settings: ReceiverSettings
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

/** When a decision began, if anybody wants to know. */
export function startTime({ isTimed }: ReceiverSettings): number {
  return isTimed ? performance.now() : 0
}

/** Lets a call through with no caller set. */
export function passed(passage: Passage): Decision {
  if (passage.settings.isTimed) passage.settings.report({ ...passage, cached: false })
  return { allowed: true, caller: undefined }
}

/** Lets a verified caller through. */
export function allowed(
  passage: Passage,
  {
    claims,
    entry,
    cached,
  }: { claims: ServiceAccountClaims; entry: CompiledEntry; cached: boolean },
): Decision {
  const caller = callerOf(claims, entry, passage.call)
  if (passage.settings.isTimed) passage.settings.report({ ...passage, caller, cached })
  return { allowed: true, caller }
}

/** Refuses a call, or would. */
export function denied(
  passage: Passage,
  { failure, claims, unverified, cached = false }: Refusal,
): Decision {
  const { report, enforced } = passage.settings
  const caller = claims && callerOf(claims)
  report({ ...passage, failure, caller, unverified, cached })
  const denial = denialOf(failure.code)
  return { allowed: false, enforced, denial, ...(caller && { caller }) }
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
