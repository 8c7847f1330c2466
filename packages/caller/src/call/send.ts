import { isError } from '@countersign/shared/errors'
import type { Latest } from '@countersign/shared/latest'
import { isPromise } from '@countersign/shared/promises'
import { abortWithAny } from '@countersign/shared/realm/signals'
import { redact } from '@countersign/shared/redact'
import { isIdTokenError, isTargetNotAllowedError } from '../errors.ts'
import type { FetchLike } from '../options.ts'
import type { CompiledTarget } from '../targets/target.ts'
import type { TargetList } from '../targets/targets.ts'
import { waitFor } from '../tokens/flight.ts'
import type { IdToken } from '../tokens/id-token.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import { type AdmittedCall, admit, admitRedirect, type Mode, withToken } from './admission.ts'
import { refusesStaleToken } from './answer-refusal.ts'
import { withOneTrace } from './one-trace.ts'
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

/** The parts of a caller that a call needs. */
export interface SendParts {
  targets: Latest<TargetList>
  tokens: TokenCache
  mode: Mode
  fetch: FetchLike
  /** Undefined if there is no listener and no log. */
  report: Report | undefined
  now: () => number
}

/** Selects the targets that a call is for, from all targets. */
export type ScopeIn = (all: TargetList) => Scope

/** The targets that a call can reach, apart from redirects. */
export interface Scope {
  targets: TargetList
  /** The base of a relative URL. */
  base?: string
}

/**
 * Makes a call: input -> URL -> target (or refuse) -> send -> redirects. Reads the URL and the init
 * before it awaits anything.
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
    if (!needsBytes(request)) return await follow(parts, call, admitAgain)
    const waited = await waitFor(withBytes(request), read.signal)
    return await follow(parts, await admitAgain(waited), admitAgain)
  } catch (error) {
    if (isTargetNotAllowedError(error)) {
      const target = all.covering(request.url)
      parts.report?.({ request, target, refusal: error, startedAtMs: parts.now() })
    }
    throw error
  }
}

/** Sends a call, and follows its redirects. */
async function follow(
  parts: SendParts,
  first: AdmittedCall,
  admitAgain: (request: OutgoingRequest) => Promise<AdmittedCall>,
): Promise<Response> {
  const { mode } = parts
  let sent = await send(parts, first, () => admitAgain(first.request))
  for (let followed = 0; ; followed++) {
    const { response, call } = sent
    const { request, target } = call
    // The inner fetch follows the redirects of an unsigned call.
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

/** Returns the targets that count now; without a promise if they are at hand. */
function currentTargets(
  { targets }: SendParts,
  signal: AbortSignal | undefined,
): TargetList | Promise<TargetList> {
  const all = targets.get()
  return isPromise(all) ? waitFor(Promise.resolve(all), signal) : all
}

/** A call as it was sent, and its answer. Its target can differ from the first one. */
interface SentCall {
  call: AdmittedCall
  response: Response
}

interface SignedCall extends AdmittedCall {
  target: CompiledTarget
}

/** Checks a call again after a wait, so that a target that was removed meanwhile gets nothing. */
type Again = () => Promise<AdmittedCall>

/** Sends one request: token, headers, fetch, and once more if a cached token was refused. */
async function send(parts: SendParts, call: AdmittedCall, again: Again): Promise<SentCall> {
  if (!isForTarget(call)) return { call, response: await transmit(parts, call) }
  const { signal } = call.request
  if (signal?.aborted) throw abortWithAny([signal]).reason
  const token = parts.tokens.get(call.target.audience)
  if (isPromise(token)) {
    return sendLate(parts, { ...call, token: await minted(parts, call, token) }, again)
  }
  const response = await transmit(parts, { ...call, token })
  if (!isRepeatable(call, response)) return { call, response }
  const repetition = await repeated(parts, { ...call, token }, again)
  if (repetition === undefined) return { call, response }
  discard(response)
  return { call: repetition, response: await transmit(parts, repetition) }
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

/** Sends a call whose token took a while: the targets can have changed. */
async function sendLate(parts: SendParts, call: SignedCall, again: Again): Promise<SentCall> {
  const current = await again()
  if (!isSameAudience(current, call)) return send(parts, current, again)
  return { call: current, response: await transmit(parts, { ...current, token: call.token }) }
}

/** Returns the call with a new token; undefined if the first answer stands. */
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

/** Returns the refused token itself if there is no other one. */
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

/** The call was made already, so its first answer stands. */
function notAllowedAnymore(error: unknown): undefined {
  if (!isTargetNotAllowedError(error)) throw error
}

/** Only a 401 is about the token, and a stream can be sent only once. */
function isRepeatable({ request, target }: SignedCall, response: Response): boolean {
  if (response.status !== 401 || !isReplayable(request.body)) return false
  return refusesStaleToken(response, request.method, target)
}

/** Calls the inner fetch, and reports the outcome. */
function transmit(parts: SendParts, call: AdmittedCall): Promise<Response> {
  const { now, report } = parts
  if (!report) return callFetch(parts, call)
  return reported(() => callFetch(parts, call), { ...call, startedAtMs: now() }, report)
}

async function reported(
  send: () => Promise<Response>,
  outcome: Outcome,
  report: Report,
): Promise<Response> {
  try {
    const response = await send()
    report({ ...outcome, response })
    return response
  } catch (error) {
    report(outcome)
    throw error
  }
}

function callFetch({ fetch }: SendParts, { request, target, token }: AdmittedCall) {
  const signed = target && token ? withToken(request.headers, target.headers, token) : undefined
  const redirect = signed ? redirectMode(request) : request.redirect
  const init = toInit(request, signed ?? [...request.headers], redirect)
  const answer = withOneTrace(() => fetch(request.url.href, init))
  return signed ? answer.catch(withoutRawAnswer) : answer
}

/**
 * undici adds the bytes of an answer that is not HTTP to its error, and a server can repeat the token that it was
 * sent. The error itself stays: callers compare its codes.
 */
function withoutRawAnswer(error: unknown): never {
  let inner = error
  for (let depth = 0; depth < mostCauses && isError(inner); depth += 1) {
    const raw = inner as { data?: unknown }
    if (inner.name === 'HTTPParserError' && raw.data) raw.data = redact(String(raw.data))
    inner = inner.cause
  }
  throw error
}

/** `fetch` wraps undici's error once; an instrumented one can wrap it again. */
const mostCauses = 4

/**
 * The inner fetch handles 'error'. We follow redirects ourselves, with another token for each target.
 * With `integrity`, a redirect is an error: the inner fetch would check it against the redirect's body.
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

/** Discards an answer that nobody will read, so that its connection is free again. */
function discard(response: Response): void {
  response.body?.cancel().catch(() => {})
}

/** An IdTokenError means that nothing was sent. After a redirect, the first call was. */
function redirected(from: OutgoingRequest, promise: Promise<SentCall>): Promise<SentCall> {
  return promise.catch((error: unknown) => {
    throw isIdTokenError(error) ? redirectRefused(from, error) : error
  })
}

function anyOf(all: TargetList): Scope {
  return { targets: all }
}
