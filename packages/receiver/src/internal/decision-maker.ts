import type { Caller, Decision } from '../decision.ts'
import type { IncomingCall } from '../receiver.ts'
import { type CompiledEntry, decide } from './allow.ts'
import { type Audiences, createAudiences } from './audience.ts'
import { type ClaimRules, expiryFailure, type ServiceAccountClaims } from './claims.ts'
import { denialOf } from './denials.ts'
import type { Failure } from './failure.ts'
import { keyAtHand } from './keys/key-at-hand.ts'
import { type Operation, operationOf } from './operations.ts'
import { pushOf } from './push.ts'
import type { Report } from './report.ts'
import type { ReceiverSettings } from './settings.ts'
import { bearerToken } from './token.ts'
import type { VerifiedToken } from './token-cache.ts'
import { type Verification, verifyToken } from './verify-token.ts'

/** A call on its way through the stages. */
interface Passage {
  call: IncomingCall
  operation: Operation
  startedAt: number
}

/** Makes the function that takes a call through all stages: token, claims, allow-list, decision. */
export function decisionMaker(
  settings: ReceiverSettings,
): (call: IncomingCall) => Promise<Decision> {
  const { serviceAudience, tokenCache, keys, report } = settings
  const entries = [...settings.allow.values()].flat()
  const startTime = settings.isTimed ? () => performance.now() : () => 0
  let audiences: Audiences | undefined

  return async function check(call) {
    const passage = { call, operation: operationOf(call), startedAt: startTime() }
    if (settings.unauthenticated.some((covers) => covers(passage.operation))) {
      return passed(passage)
    }
    const bearer = bearerToken(call, settings.tokenHeader)
    if ('refused' in bearer) {
      const isMissing = bearer.refused === 'token_missing'
      if (isMissing && settings.passesMissingToken) return passed(passage)
      return denied(passage, { failure: { code: bearer.refused } })
    }
    audiences ??= await knownAudiences()
    if (audiences === undefined)
      return denied(passage, { failure: { code: 'audience_unavailable' } })
    return decided(passage, bearer.token, audiences)
  }

  async function knownAudiences(): Promise<Audiences | undefined> {
    try {
      return createAudiences(await serviceAudience.get(), entries)
    } catch {
      return undefined
    }
  }

  function decided(passage: Passage, token: string, own: Audiences): Decision | Promise<Decision> {
    const remembered = recalled(token)
    if (remembered !== undefined) return judged(passage, remembered, { own, cached: true })
    const conclude = (verification: Verification) =>
      'failure' in verification
        ? unverified(passage, verification)
        : judged(passage, verification.verified, { own, cached: false, token })
    const verification = verifyToken(token, keys, rulesFor(passage.operation, own))
    return verification instanceof Promise ? verification.then(conclude) : conclude(verification)
  }

  /** A token that passed before, if its time and its key still hold. */
  function recalled(token: string): VerifiedToken | undefined {
    const verified = tokenCache.get(token)
    if (verified === undefined) return undefined
    if (expiryFailure(verified.claims.exp, clock()) === undefined && isCurrent(verified)) {
      return verified
    }
    tokenCache.delete(token)
    return undefined
  }

  /** Where its key would have to be waited for, the token is verified again, which waits too. */
  function isCurrent({ kid, key }: VerifiedToken): boolean {
    return keyAtHand(keys, kid) === key
  }

  function clock(): Pick<ClaimRules, 'now' | 'toleranceSeconds'> {
    return { now: settings.now(), toleranceSeconds: settings.toleranceSeconds }
  }

  function rulesFor(operation: Operation, own: Audiences): ClaimRules {
    return {
      ...clock(),
      isAudience: (audience) => own.answersToAny(audience, operation),
      expectedAudience: own.expected,
    }
  }

  function unverified(
    passage: Passage,
    { failure, isOther, unverified: jws }: Extract<Verification, { failure: Failure }>,
  ): Decision {
    if (isOther && settings.passesOtherTokens) return passed(passage)
    return denied(passage, { failure, unverified: jws })
  }

  function judged(
    passage: Passage,
    verified: VerifiedToken,
    { own, cached, token }: { own: Audiences; cached: boolean; token?: string },
  ): Decision {
    const { claims } = verified
    const verdict = decide(settings.allow, claims, { operation: passage.operation, audiences: own })
    if (token !== undefined && isWorthRemembering(verdict)) tokenCache.offer(token, verified)
    if ('code' in verdict) {
      return denied(passage, { failure: verdict, caller: callerOf(claims), cached })
    }
    const caller = callerOf(claims, verdict, passage.call)
    if (settings.isTimed) report({ ...passage, caller, cached })
    return { allowed: true, caller }
  }

  function passed(passage: Passage): Decision {
    if (settings.isTimed) report({ ...passage, cached: false })
    return { allowed: true, caller: undefined }
  }

  function denied(
    passage: Passage,
    details: Pick<Report, 'caller' | 'unverified'> & { failure: Failure; cached?: boolean },
  ): Decision {
    const { failure, caller } = details
    report({ ...passage, cached: false, ...details })
    return {
      allowed: false,
      enforced: settings.enforced,
      denial: denialOf(failure.code),
      ...(caller && { caller }),
    }
  }
}

/** Strangers' valid tokens are not remembered: they would push out those of listed callers. */
function isWorthRemembering(verdict: CompiledEntry | Failure): boolean {
  return !('code' in verdict) || verdict.code === 'operation_not_allowed'
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
