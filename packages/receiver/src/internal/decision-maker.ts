import type { Decision } from '../decision.ts'
import type { IncomingCall } from '../receiver.ts'
import { decide } from './allow.ts'
import type { Audiences } from './audience.ts'
import { expiryFailure } from './claims.ts'
import { keyAtHand } from './keys/key-at-hand.ts'
import { operationOf } from './operations.ts'
import type { Rules } from './rules.ts'
import type { ReceiverSettings } from './settings.ts'
import { bearerToken } from './token.ts'
import type { VerifiedToken } from './token-cache.ts'
import { createVerdicts, type Passage } from './verdicts.ts'
import { isOtherToken, type Verification, verifyToken } from './verify-token.ts'

/**
 * Makes the function that takes a call through all stages: token, claims, allow-list, decision. It
 * promises nothing where all is at hand, and makes no closure there: a server's caches are cold when a
 * call comes, and each allocation costs more than it does in a loop (measured).
 */
export function decisionMaker(
  settings: ReceiverSettings,
): (call: IncomingCall) => Decision | Promise<Decision> {
  const { tokenCache, keys, toleranceSeconds, now } = settings
  const verdicts = createVerdicts(settings)

  return function decideCall(call) {
    const startedAt = verdicts.startTime()
    const rules = settings.rules.get()
    if (rules instanceof Promise) return rules.then((known) => staged(call, known, startedAt))
    return staged(call, rules, startedAt)
  }

  function staged(
    call: IncomingCall,
    rules: Rules,
    startedAt: number,
  ): Decision | Promise<Decision> {
    const passage = { call, operation: operationOf(call), rules, startedAt }
    if (rules.isOpen(passage.operation)) return verdicts.passed(passage)
    const bearer = bearerToken(call, settings.tokenHeader)
    if ('refused' in bearer) return withoutToken(passage, bearer.refused)
    const audiences = rules.audiences()
    if (audiences instanceof Promise) return waiting(passage, bearer.token, audiences)
    return withToken(passage, bearer.token, audiences)
  }

  function withoutToken(passage: Passage, code: 'token_missing' | 'token_ambiguous'): Decision {
    if (code === 'token_missing' && settings.passesMissingToken) return verdicts.passed(passage)
    return verdicts.denied(passage, { failure: { code } })
  }

  /** An end user's token needs no audience of ours to be told apart. */
  async function waiting(
    passage: Passage,
    token: string,
    promised: Promise<Audiences>,
  ): Promise<Decision> {
    const audiences = await promised.catch(() => undefined)
    if (audiences !== undefined) return withToken(passage, token, audiences)
    if (settings.passesOtherTokens && isOtherToken(token)) return verdicts.passed(passage)
    const got = passage.rules.serviceAudience.lastError()
    return verdicts.denied(passage, { failure: { code: 'audience_unavailable', got } })
  }

  function withToken(
    passage: Passage,
    token: string,
    audiences: Audiences,
  ): Decision | Promise<Decision> {
    const remembered = recalled(token)
    if (remembered === undefined) return withNewToken(passage, token, audiences)
    return judged(passage, remembered, { audiences, cached: true })
  }

  /** A token that passed before, if its time and its key still hold. */
  function recalled(token: string): VerifiedToken | undefined {
    const verified = tokenCache.get(token)
    if (verified === undefined) return undefined
    const clock = { now: now(), toleranceSeconds }
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

  function withNewToken(
    passage: Passage,
    token: string,
    audiences: Audiences,
  ): Decision | Promise<Decision> {
    const conclude = (verification: Verification) =>
      'failure' in verification
        ? unverified(passage, verification)
        : judged(passage, verification.verified, { audiences, cached: false, token })
    const { operation } = passage
    const context = { now: now(), toleranceSeconds, audiences, operation }
    const verification = verifyToken(token, keys, context)
    return verification instanceof Promise ? verification.then(conclude) : conclude(verification)
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
