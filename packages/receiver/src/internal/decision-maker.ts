import type { Decision } from '../decision.ts'
import type { IncomingCall } from '../receiver.ts'
import { decide } from './allow.ts'
import type { Audiences } from './audience.ts'
import { type Clock, expiryFailure } from './claims.ts'
import { keyAtHand } from './keys/key-at-hand.ts'
import { operationOf } from './operations.ts'
import type { ReceiverSettings } from './settings.ts'
import { bearerToken } from './token.ts'
import type { VerifiedToken } from './token-cache.ts'
import { createVerdicts, type Passage } from './verdicts.ts'
import { isOtherToken, type Verification, verifyToken } from './verify-token.ts'

/** Makes the function that takes a call through all stages: token, claims, allow-list, decision. */
export function decisionMaker(
  settings: ReceiverSettings,
): (call: IncomingCall) => Promise<Decision> {
  const { tokenCache, keys, toleranceSeconds } = settings
  const verdicts = createVerdicts(settings)

  return async function check(call) {
    const startedAt = verdicts.startTime()
    const current = settings.rules.get()
    const rules = current instanceof Promise ? await current : current
    const passage = { call, operation: operationOf(call), rules, startedAt }
    if (rules.isOpen(passage.operation)) return verdicts.passed(passage)
    const bearer = bearerToken(call, settings.tokenHeader)
    if ('refused' in bearer) return withoutToken(passage, bearer.refused)
    const known = rules.audiences()
    const audiences = known instanceof Promise ? await known.catch(() => undefined) : known
    if (audiences === undefined) return withoutAudience(passage, bearer.token)
    return withToken(passage, bearer.token, audiences)
  }

  function withoutToken(passage: Passage, code: 'token_missing' | 'token_ambiguous'): Decision {
    if (code === 'token_missing' && settings.passesMissingToken) return verdicts.passed(passage)
    return verdicts.denied(passage, { failure: { code } })
  }

  /** An end user's token needs no audience of ours to be told apart. */
  function withoutAudience(passage: Passage, token: string): Decision {
    if (settings.passesOtherTokens && isOtherToken(token)) return verdicts.passed(passage)
    const got = passage.rules.serviceAudience.lastError()
    return verdicts.denied(passage, { failure: { code: 'audience_unavailable', got } })
  }

  function withToken(
    passage: Passage,
    token: string,
    audiences: Audiences,
  ): Decision | Promise<Decision> {
    const { now } = settings
    const clock = { now: now(), toleranceSeconds }
    const remembered = recalled(token, clock)
    if (remembered !== undefined) return judged(passage, remembered, { audiences, cached: true })
    const conclude = (verification: Verification) =>
      'failure' in verification
        ? unverified(passage, verification)
        : judged(passage, verification.verified, { audiences, cached: false, token })
    const { operation } = passage
    const verification = verifyToken(token, keys, { ...clock, audiences, operation })
    return verification instanceof Promise ? verification.then(conclude) : conclude(verification)
  }

  /** A token that passed before, if its time and its key still hold. */
  function recalled(token: string, clock: Clock): VerifiedToken | undefined {
    const verified = tokenCache.get(token)
    if (verified === undefined) return undefined
    if (expiryFailure(verified.claims.exp, clock) === undefined && isCurrent(verified)) {
      return verified
    }
    tokenCache.delete(token)
    return undefined
  }

  /** Where its key would have to be waited for, the token is verified again, which waits too. */
  function isCurrent({ kid, key }: VerifiedToken): boolean {
    return keyAtHand(keys, kid) === key
  }

  function unverified(
    passage: Passage,
    { failure, isOther, unverified: jws }: Extract<Verification, { failure: unknown }>,
  ): Decision {
    if (isOther && settings.passesOtherTokens) return verdicts.passed(passage)
    return verdicts.denied(passage, { failure, unverified: jws })
  }

  function judged(
    passage: Passage,
    verified: VerifiedToken,
    { audiences, cached, token }: { audiences: Audiences; cached: boolean; token?: string },
  ): Decision {
    const { claims } = verified
    const { rules, operation } = passage
    const verdict = decide(rules.allow, claims, { operation, audiences })
    const isRefused = 'code' in verdict
    // Strangers' valid tokens are not remembered: they would push out those of listed callers.
    const isListed = !isRefused || verdict.code === 'operation_not_allowed'
    if (token !== undefined && isListed) tokenCache.offer(token, verified)
    if (isRefused) return verdicts.denied(passage, { failure: verdict, claims, cached })
    return verdicts.allowed(passage, { claims, entry: verdict, cached })
  }
}
