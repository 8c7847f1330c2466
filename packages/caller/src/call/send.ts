import type { Latest } from '@countersign/shared/latest'
import { isPromise } from '@countersign/shared/promises'
import { isIdTokenError, isTargetNotAllowedError } from '../errors.ts'
import type { FetchLike } from '../options.ts'
import type { CompiledTarget } from '../targets/target.ts'
import type { TargetList } from '../targets/targets.ts'
import { waitFor } from '../tokens/flight.ts'
import type { IdToken } from '../tokens/id-token.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import { type AdmittedCall, admit, admitRedirect, type Mode, withToken } from './admission.ts'
import { refusesStaleToken } from './answer-refusal.ts'
import { redirectOf, redirectRefused } from './redirects.ts'
import type { Outcome, Report } from './report.ts'
import {
  type FetchArguments,
  isReplayable,
  needsBytes,
  type OutgoingRequest,
  type RequestRedirect,
  readRequest,
  toInit,
  withBytes,
  withUrl,
} from './request.ts'
import { withOneTrace } from './trace.ts'

/** What of a caller its calls need. */
export interface SendParts {
  targets: Latest<TargetList>
  tokens: TokenCache
  mode: Mode
  fetch: FetchLike
  /** Undefined where nobody wants to know. */
  report: Report | undefined
  now: () => number
}

/** Which of all the targets a call is for. */
export type ScopeIn = (all: TargetList) => Scope

/** What a call may reach before any redirect. */
export interface Scope {
  targets: TargetList
  /** What a relative URL is relative to. */
  base?: string
}

/**
 * Makes a call: input -> URL -> target (or refuse) -> send -> redirects. The URL and the init are read
 * before anything is awaited.
 *
 * @param scopeIn which of the targets the call is for
 */
export async function signedFetch(
  parts: SendParts,
  given: FetchArguments,
  scopeIn: ScopeIn = anyOf,
): Promise<Response> {
  const read = readRequest(given)
  const { mode } = parts
  const found = currentTargets(parts, read.signal)
  let all = isPromise(found) ? await found : found
  const scope = scopeIn(all)
  const request = withUrl(read, scope.base)

  async function admitAgain(waited: OutgoingRequest): Promise<AdmittedCall> {
    all = await currentTargets(parts, read.signal)
    return admit(waited, { targets: scopeIn(all).targets, mode })
  }
  try {
    const call = admit(request, { targets: scope.targets, mode })
    if (!needsBytes(request)) return await follow(parts, call, () => admitAgain(request))
    const waited = await waitFor(withBytes(request), read.signal)
    return await follow(parts, await admitAgain(waited), () => admitAgain(waited))
  } catch (error) {
    if (isTargetNotAllowedError(error)) {
      const target = all.covering(request.url)
      parts.report?.({ request, target, refusal: error, startedAtMs: parts.now() })
    }
    throw error
  }
}

/** Admits a call once more, after something was waited for: whoever was taken off meanwhile gets nothing. */
type Again = () => Promise<AdmittedCall>

/** Sends a call, and then what its answers redirect to. */
async function follow(parts: SendParts, first: AdmittedCall, again: Again): Promise<Response> {
  const { mode } = parts
  let sent = await send(parts, first, again)
  for (let followed = 0; ; followed++) {
    const { request, target, response } = sent
    // The redirects of an unsigned call are the inner fetch's.
    if (!target || !isRedirect(request, response)) return response
    discard(response)
    const next = redirectOf(request, response, followed)
    const from = { request, target }
    async function admitNext(): Promise<AdmittedCall> {
      const targets = await currentTargets(parts, next.signal)
      return admitRedirect(next, from, { targets, mode })
    }
    sent = await redirected(request, send(parts, await admitNext(), admitNext))
  }
}

/** Promises nothing where they are at hand. */
function currentTargets(
  { targets }: SendParts,
  signal: AbortSignal | undefined,
): TargetList | Promise<TargetList> {
  const all = targets.get()
  return isPromise(all) ? waitFor(Promise.resolve(all), signal) : all
}

/** A call as it was sent, which may be to another target than it began with, and its answer. */
interface SentCall extends AdmittedCall {
  response: Response
}

interface SignedCall extends AdmittedCall {
  target: CompiledTarget
}

/** Sends one request: token, headers, fetch, and once more where a cached token was refused. */
async function send(parts: SendParts, call: AdmittedCall, again: Again): Promise<SentCall> {
  if (!isForTarget(call)) return transmit(parts, call)
  const { signal } = call.request
  if (signal?.aborted) throw signal.reason
  const token = parts.tokens.get(call.target.audience)
  if (isPromise(token))
    return sendLate(parts, { ...call, token: await minted(parts, call, token) }, again)
  const sent = await transmit(parts, { ...call, token })
  if (!isRepeatable(call, sent.response)) return sent
  const repetition = await repeated(parts, { ...call, token }, again)
  if (repetition === undefined) return sent
  discard(sent.response)
  return transmit(parts, repetition)
}

function isForTarget(call: AdmittedCall): call is SignedCall {
  return call.target !== undefined
}

async function minted(
  { now, report }: SendParts,
  call: SignedCall,
  token: Promise<IdToken>,
): Promise<IdToken> {
  const startedAtMs = now()
  try {
    return await waitFor(token, call.request.signal)
  } catch (error) {
    if (isIdTokenError(error)) report?.({ ...call, startedAtMs, refusal: error })
    throw error
  }
}

/** The token was waited for. */
async function sendLate(parts: SendParts, call: SignedCall, again: Again): Promise<SentCall> {
  const current = await again()
  if (!isSameAudience(current, call)) return send(parts, current, again)
  return transmit(parts, { ...current, token: call.token })
}

/** The call with another token than the refused one; undefined where the answer to that stands. */
async function repeated(
  parts: SendParts,
  refused: SignedCall & { token: IdToken },
  again: Again,
): Promise<AdmittedCall | undefined> {
  const token = await renewedToken(parts, refused)
  if (token.value === refused.token.value) return undefined
  const current = await again().catch(notAllowedAnymore)
  return current && isSameAudience(current, refused) ? { ...current, token, attempt: 2 } : undefined
}

/** Where no other token is to be had, the answer to the first one stands. */
async function renewedToken(
  { tokens }: SendParts,
  { request, target, token }: SignedCall & { token: IdToken },
): Promise<IdToken> {
  try {
    return await waitFor(tokens.renew(target.audience, token), request.signal)
  } catch (error) {
    if (isIdTokenError(error)) return token
    throw error
  }
}

function isSameAudience({ target }: AdmittedCall, call: SignedCall): boolean {
  return target?.audience === call.target.audience
}

/** It was made already, and answered. */
function notAllowedAnymore(error: unknown): undefined {
  if (!isTargetNotAllowedError(error)) throw error
}

/** Only a 401 is about the token. */
function isRepeatable({ request, target }: SignedCall, response: Response): boolean {
  if (response.status !== 401 || !isReplayable(request.body)) return false
  return refusesStaleToken(response, request.method, target)
}

/** Calls the inner fetch, and reports what came of it. */
async function transmit(parts: SendParts, call: AdmittedCall): Promise<SentCall> {
  const { now, report } = parts
  if (!report) return { ...call, response: await callFetch(parts, call) }
  const outcome: Outcome = { ...call, startedAtMs: now() }
  try {
    const response = await callFetch(parts, call)
    report({ ...outcome, response })
    return { ...call, response }
  } catch (error) {
    report(outcome)
    throw error
  }
}

function callFetch({ fetch }: SendParts, { request, target, token }: AdmittedCall) {
  const signed = target && token ? withToken(request.headers, target.headers, token) : undefined
  const redirect = signed ? redirectMode(request) : request.redirect
  const init = toInit(request, signed ?? [...request.headers], redirect)
  return withOneTrace(() => fetch(request.url.href, init))
}

/**
 * 'error' ends in the inner fetch; following is ours, with another token for each target. Under way
 * the inner fetch would hold an integrity against the redirect's own body.
 */
function redirectMode({ redirect, init }: OutgoingRequest): RequestRedirect {
  return redirect === 'error' || (redirect === 'follow' && init.integrity) ? 'error' : 'manual'
}

/** Whether an answer redirects, and the user wants redirects followed. */
function isRedirect(request: OutgoingRequest, response: Response): boolean {
  if (request.redirect !== 'follow' || !redirects.has(response.status)) return false
  return response.headers.has('location')
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Lets go of an answer that nobody will read, so that its connection is free again. */
function discard(response: Response): void {
  response.body?.cancel().catch(() => {})
}

/** Whoever gets an IdTokenError may call again: after a redirect the first call was made already. */
function redirected(from: OutgoingRequest, promise: Promise<SentCall>): Promise<SentCall> {
  return promise.catch((error: unknown) => {
    throw isIdTokenError(error) ? redirectRefused(from, error) : error
  })
}

function anyOf(all: TargetList): Scope {
  return { targets: all }
}
