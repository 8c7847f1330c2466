import { isPromise } from '@countersign/shared/promises'
import type { Caller, Decision, Failure } from '../decision.ts'
import { type KeySource, keyAtHand } from '../keys/key-source.ts'
import type { IncomingCall } from '../receiver.ts'
import { type CompiledEntry, matchEntry } from '../rules/allow-list.ts'
import { type Operation, operationOf } from '../rules/operation.ts'
import type { Audiences, Rules } from '../rules/rules.ts'
import { expiryFailure, type ServiceAccountClaims } from './claims.ts'
import { denialOf } from './denials.ts'
import type { UnverifiedJws } from './jws.ts'
import { pushOf } from './push.ts'
import type { ReceiverSettings } from './settings.ts'
import { bearerToken, hidesGoogleToken, isOtherToken } from './token.ts'
import type { VerifiedToken } from './token-cache.ts'
import { type Verification, verifyToken } from './verify-token.ts'

/**
 * Takes a call through all stages: token, claims, allow-list, decision. It returns no promise if
 * everything is at hand. No stage is a closure: the closures of a new receiver would have to be compiled
 * anew, which costs its first hundreds of calls a tenth of an RSA check each (measured).
 */
export function decideCall(
  settings: ReceiverSettings,
  call: IncomingCall,
): Decision | Promise<Decision> {
  return underCurrentRules({ settings, call, startedAt: startTime(settings) })
}

/** When a decision began; measured only if somebody listens. */
function startTime({ isTimed }: ReceiverSettings): number {
  return isTimed ? performance.now() : 0
}

/** A call on its way through the stages. */
interface CallContext {
  settings: ReceiverSettings
  call: IncomingCall
  operation: Operation
  /** The rules that counted when the call came, or since it last waited. */
  rules: Rules
  startedAt: number
}

/** A call for which no rules were looked up yet. */
type Arrival = Pick<CallContext, 'settings' | 'call' | 'startedAt'>

/** A token that was examined before the call waited for something. */
interface ExaminedToken {
  token: string
  verification: Verification
}

/**
 * Decides under the rules that count now. Called when a call comes, and again after it waited for
 * something: a caller who was taken off the list meanwhile is not let in.
 */
function underCurrentRules(
  arrival: Arrival,
  examined?: ExaminedToken,
): Decision | Promise<Decision> {
  const rules = arrival.settings.rules.get()
  if (!isPromise(rules)) return decideUnder(contextOf(arrival, rules), examined)
  return Promise.resolve(rules).then((known) => decideUnder(contextOf(arrival, known), examined))
}

function contextOf({ settings, call, startedAt }: Arrival, rules: Rules): CallContext {
  return { settings, call, operation: operationOf(call), rules, startedAt }
}

function decideUnder(
  context: CallContext,
  examined: ExaminedToken | undefined,
): Decision | Promise<Decision> {
  const { settings, call, operation, rules } = context
  if (rules.isOpen(operation)) return letPass(context)
  if (examined !== undefined) return withExaminedToken(context, examined)
  const bearer = bearerToken(call, settings.tokenHeader)
  if ('refused' in bearer) return withoutToken(context, bearer.refused)
  const audiences = rules.audiences()
  if (isPromise(audiences)) return afterAudiences(context, bearer, audiences)
  return withToken(context, bearer.token, audiences)
}

function withoutToken(context: CallContext, code: 'token_missing' | 'token_ambiguous'): Decision {
  const { settings, call } = context
  const isMissing = code === 'token_missing' && settings.passesMissingToken
  if (isMissing && !hidesGoogleToken(call, settings.tokenHeader)) return letPass(context)
  return refuse(context, { failure: { code } })
}

/** Waits for the audience. An end user's token is recognised without it. */
async function afterAudiences(
  context: CallContext,
  bearer: { token: string } | ExaminedToken,
  audiences: PromiseLike<Audiences>,
): Promise<Decision> {
  const isKnown = await audiences.then(
    () => true,
    () => false,
  )
  const examined = 'verification' in bearer ? bearer : undefined
  if (isKnown) return underCurrentRules(context, examined)
  const { settings } = context
  const current = contextOf(context, await settings.rules.get())
  const { isOpen, serviceAudience } = current.rules
  // Newer rules can name the audience, or need no caller.
  if (serviceAudience !== context.rules.serviceAudience || isOpen(current.operation)) {
    return decideUnder(current, examined)
  }
  if (settings.passesOtherTokens && isOtherToken(bearer.token)) return letPass(current)
  const got = serviceAudience.lastError()
  return refuse(current, { failure: { code: 'audience_unavailable', got } })
}

function withToken(
  context: CallContext,
  token: string,
  audiences: Audiences,
): Decision | Promise<Decision> {
  const cached = cachedToken(context.settings, token)
  if (cached === undefined) return withNewToken(context, token, audiences)
  return decideVerified(context, cached, { audiences, cached: true })
}

/** A token that was verified before, if it has not expired and its key still counts. */
function cachedToken(settings: ReceiverSettings, token: string): VerifiedToken | undefined {
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

/** If the key is not at hand, the token is verified again, which waits for the key. */
function isCurrent({ kid, key }: VerifiedToken, keys: KeySource): boolean {
  return keyAtHand(keys, kid) === key
}

function withNewToken(
  context: CallContext,
  token: string,
  audiences: Audiences,
): Decision | Promise<Decision> {
  const { operation, settings } = context
  const { keys, toleranceSeconds, now } = settings
  const claimContext = { now: now(), toleranceSeconds, audiences, operation }
  const verification = verifyToken(token, keys, claimContext)
  if (isPromise(verification)) {
    return Promise.resolve(verification).then((late) => {
      return underCurrentRules(context, { token, verification: late })
    })
  }
  if ('failure' in verification) return withUnverifiedToken(context, token, verification)
  return decideVerified(context, verification.verified, { audiences, cached: false, token })
}

/** Goes on after the call waited for the key. */
function withExaminedToken(
  context: CallContext,
  { token, verification }: ExaminedToken,
): Decision | Promise<Decision> {
  if ('failure' in verification) return withUnverifiedToken(context, token, verification)
  const audiences = context.rules.audiences()
  if (isPromise(audiences)) return afterAudiences(context, { token, verification }, audiences)
  const { verified } = verification
  const failure = expiredMeanwhile(context, verified)
  if (failure !== undefined) return refuse(context, { failure, claims: verified.claims })
  return decideVerified(context, verified, { audiences, cached: false, token })
}

function expiredMeanwhile(
  { settings }: CallContext,
  { claims }: VerifiedToken,
): Failure | undefined {
  const { toleranceSeconds, now } = settings
  return expiryFailure(claims.exp, { now: now(), toleranceSeconds })
}

function withUnverifiedToken(
  context: CallContext,
  token: string,
  { failure, unverified }: Extract<Verification, { failure: unknown }>,
): Decision {
  if (context.settings.passesOtherTokens && isOtherToken(token)) return letPass(context)
  return refuse(context, { failure, unverified })
}

function decideVerified(
  context: CallContext,
  verified: VerifiedToken,
  { audiences, cached, token }: { audiences: Audiences; cached: boolean; token?: string },
): Decision {
  const { claims } = verified
  const { rules, operation } = context
  const match = matchEntry(rules.allow, claims, { operation, audiences })
  const isRefused = 'code' in match
  // Strangers' valid tokens are not cached: they would push out those of listed callers.
  const isListed = !isRefused || match.code === 'operation_not_allowed'
  if (token !== undefined && isListed) context.settings.tokenCache.offer(token, verified)
  if (isRefused) return refuse(context, { failure: match, claims, cached })
  return letIn(context, { claims, entry: match, cached })
}

/** Lets a call through with no caller set. */
function letPass(context: CallContext): Decision {
  if (context.settings.isTimed) context.settings.report({ ...context, cached: false })
  return { allowed: true, caller: undefined }
}

/** Lets a verified caller through. */
function letIn(
  context: CallContext,
  {
    claims,
    entry,
    cached,
  }: { claims: ServiceAccountClaims; entry: CompiledEntry; cached: boolean },
): Decision {
  const caller = callerOf(claims, entry, context.call)
  if (context.settings.isTimed) context.settings.report({ ...context, caller, cached })
  return { allowed: true, caller }
}

/** Describes a call that is refused. */
interface Refusal {
  failure: Failure
  /** Set once the signature was found valid. */
  claims?: ServiceAccountClaims
  /** Set if the failure came before the signature was checked. */
  unverified?: UnverifiedJws | undefined
  cached?: boolean
}

/** Refuses a call; in report-only mode the decision says so, and the call goes on. */
function refuse(
  context: CallContext,
  { failure, claims, unverified, cached = false }: Refusal,
): Decision {
  const { report, enforced } = context.settings
  const caller = claims && callerOf(claims)
  report({ ...context, failure, caller, unverified, cached })
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
