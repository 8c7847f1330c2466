import { isPromise } from '@countersign/shared/promises'
import type { Caller, Decision } from '../decision.ts'
import { type KeySource, keyAtHand } from '../keys/key-source.ts'
import type { IncomingCall } from '../receiver.ts'
import { type CompiledEntry, decide } from '../rules/allow-list.ts'
import { type Operation, operationOf } from '../rules/operation.ts'
import type { Audiences, Rules } from '../rules/rules.ts'
import { expiryFailure, type ServiceAccountClaims } from './claims.ts'
import { denialOf, type Failure } from './denials.ts'
import type { UnverifiedJws } from './jws.ts'
import { pushOf } from './push.ts'
import type { ReceiverSettings } from './settings.ts'
import { bearerToken, isOtherToken } from './token.ts'
import type { VerifiedToken } from './token-cache.ts'
import { type Verification, verifyToken } from './verify-token.ts'

/**
 * Takes a call through all stages: token, claims, allow-list, decision. It promises nothing where all
 * is at hand. No stage is a closure: those of a new receiver would have to be compiled anew, which
 * costs its first hundreds of calls a tenth of an RSA check each (measured).
 */
export function decideCall(
  settings: ReceiverSettings,
  call: IncomingCall,
): Decision | Promise<Decision> {
  return underCurrentRules({ settings, call, startedAt: startTime(settings) })
}

/**
 * Under the rules that count now: asked for when a call comes, and again once it has waited for
 * something else. Whoever was taken off the list meanwhile is not let in.
 */
function underCurrentRules(arrival: Arrival, proven?: ProvenToken): Decision | Promise<Decision> {
  const rules = arrival.settings.rules.get()
  if (!isPromise(rules)) return staged(passageOf(arrival, rules), proven)
  return Promise.resolve(rules).then((known) => staged(passageOf(arrival, known), proven))
}

function staged(passage: Passage, proven: ProvenToken | undefined): Decision | Promise<Decision> {
  const { settings, call, operation, rules } = passage
  if (rules.isOpen(operation)) return passed(passage)
  const bearer = proven ?? bearerToken(call, settings.tokenHeader)
  if ('refused' in bearer) return withoutToken(passage, bearer.refused)
  const audiences = rules.audiences()
  if (isPromise(audiences)) return waiting(passage, bearer, audiences)
  if (proven !== undefined) return withProven(passage, proven, audiences)
  return withToken(passage, bearer.token, audiences)
}

function withoutToken(passage: Passage, code: 'token_missing' | 'token_ambiguous'): Decision {
  if (code === 'token_missing' && passage.settings.passesMissingToken) return passed(passage)
  return denied(passage, { failure: { code } })
}

/** An end user's token needs no audience of ours to be told apart. */
async function waiting(
  passage: Passage,
  bearer: { token: string } | ProvenToken,
  audiences: PromiseLike<Audiences>,
): Promise<Decision> {
  const isKnown = await audiences.then(
    () => true,
    () => false,
  )
  const proven = 'verified' in bearer ? bearer : undefined
  if (isKnown) return underCurrentRules(passage, proven)
  if (passage.settings.passesOtherTokens && isOtherToken(bearer.token)) return passed(passage)
  const got = passage.rules.serviceAudience.lastError()
  return denied(passage, { failure: { code: 'audience_unavailable', got } })
}

function withToken(
  passage: Passage,
  token: string,
  audiences: Audiences,
): Decision | Promise<Decision> {
  const remembered = recalled(passage.settings, token)
  if (remembered === undefined) return withNewToken(passage, token, audiences)
  return judged(passage, remembered, { audiences, cached: true })
}

/** A token that passed before, if its time and its key still hold. */
function recalled(settings: ReceiverSettings, token: string): VerifiedToken | undefined {
  const { tokenCache, keys, toleranceSeconds, now } = settings
  const verified = tokenCache.get(token)
  if (verified === undefined) return undefined
  const clock = { now: now(), toleranceSeconds }
  if (expiryFailure(verified.claims.exp, clock) === undefined && isCurrent(verified, keys)) {
    return verified
  }
  tokenCache.delete(token)
  return undefined
}

/** Where its key would have to be waited for, the token is verified again, which waits too. */
function isCurrent({ kid, key }: VerifiedToken, keys: KeySource): boolean {
  return keyAtHand(keys, kid) === key
}

function withNewToken(
  passage: Passage,
  token: string,
  audiences: Audiences,
): Decision | Promise<Decision> {
  const { operation, settings } = passage
  const { keys, toleranceSeconds, now } = settings
  const context = { now: now(), toleranceSeconds, audiences, operation }
  const verification = verifyToken(token, keys, context)
  if (isPromise(verification)) {
    return Promise.resolve(verification).then((late) => withLate(passage, token, late))
  }
  if ('failure' in verification) return unverified(passage, token, verification)
  return judged(passage, verification.verified, { audiences, cached: false, token })
}

/** Its key was waited for. */
function withLate(
  passage: Passage,
  token: string,
  late: Verification,
): Decision | Promise<Decision> {
  if ('failure' in late) return unverified(passage, token, late)
  return underCurrentRules(passage, { token, verified: late.verified })
}

/** It may have expired meanwhile. */
function withProven(
  passage: Passage,
  { token, verified }: ProvenToken,
  audiences: Audiences,
): Decision {
  const { claims } = verified
  const { toleranceSeconds, now } = passage.settings
  const failure = expiryFailure(claims.exp, { now: now(), toleranceSeconds })
  if (failure !== undefined) return denied(passage, { failure, claims })
  return judged(passage, verified, { audiences, cached: false, token })
}

function unverified(
  passage: Passage,
  token: string,
  { failure, unverified: jws }: Extract<Verification, { failure: unknown }>,
): Decision {
  if (passage.settings.passesOtherTokens && isOtherToken(token)) return passed(passage)
  return denied(passage, { failure, unverified: jws })
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
  if (token !== undefined && isListed) passage.settings.tokenCache.offer(token, verified)
  if (isRefused) return denied(passage, { failure: verdict, claims, cached })
  return allowed(passage, { claims, entry: verdict, cached })
}

/** A token whose signature held, before something was waited for. */
interface ProvenToken {
  token: string
  verified: VerifiedToken
}

/** A call that came, before the rules are known that it is held against. */
type Arrival = Pick<Passage, 'settings' | 'call' | 'startedAt'>

function passageOf({ settings, call, startedAt }: Arrival, rules: Rules): Passage {
  return { settings, call, operation: operationOf(call), rules, startedAt }
}

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
