import { isPromise } from '@countersign/shared/promises'
import { isIdTokenError, isTargetNotAllowedError } from '../errors.ts'
import type { CompiledTarget } from '../targets/target.ts'
import type { TargetList } from '../targets/targets.ts'
import { waitFor } from '../tokens/flight.ts'
import type { MintedToken } from '../tokens/id-token.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import { type AdmittedCall, createAdmission, withToken } from './admission.ts'
import { refusesStaleToken } from './answer-refusal.ts'
import { isRedirect, redirectOf, redirectRefused } from './redirects.ts'
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
import type { Settings } from './settings.ts'
import { withOneTrace } from './trace.ts'

/**
 * Sends one request, with a token for its target.
 *
 * @param call the request, as it was admitted
 * @param again admits it anew, after something was waited for: the targets may be others then
 */
export type Send = (call: AdmittedCall, again: Again) => Promise<Sent>

type Again = () => Promise<AdmittedCall>

/** A call as it was sent, and what came back. */
export interface Sent {
  readonly call: AdmittedCall
  readonly response: Response
}

/** A call that is signed. */
interface SignedCall extends AdmittedCall {
  readonly target: CompiledTarget
}

/** Makes what sends a request: token, headers, fetch, and once more where a cached token was refused. */
export function createSend(settings: Settings, tokens: TokenCache): Send {
  const { now, report } = settings
  const transmit = createTransmit(settings)

  async function sendSigned(call: SignedCall, again: Again): Promise<Sent> {
    const { signal } = call.request
    if (signal?.aborted) throw signal.reason
    const cached = tokens.get(call.target.audience)
    if (isPromise(cached)) return sendLate(call, await minted(cached, call), again)
    const response = await transmit({ ...call, token: cached, attempt: 1 })
    if (!isRepeatable(call, response)) return { call, response }
    const repetition = await repeated(call, cached, again)
    if (repetition === undefined) return { call, response }
    discard(response)
    return { call: repetition, response: await transmit({ ...repetition, attempt: 2 }) }
  }

  /** The token was waited for. */
  async function sendLate(call: SignedCall, token: MintedToken, again: Again): Promise<Sent> {
    const current = await again()
    if (!isSameAudience(current, call)) return send(current, again)
    return { call: current, response: await transmit({ ...current, token, attempt: 1 }) }
  }

  /** The call with another token than the refused one; undefined where the answer to that stands. */
  async function repeated(
    call: SignedCall,
    refused: MintedToken,
    again: Again,
  ): Promise<(AdmittedCall & { token: MintedToken }) | undefined> {
    const token = await another(refused, call)
    if (token.value === refused.value) return undefined
    const current = await again().catch(notAllowedAnymore)
    return current && isSameAudience(current, call) ? { ...current, token } : undefined
  }

  async function minted(landing: Promise<MintedToken>, call: SignedCall): Promise<MintedToken> {
    const startedAtMs = now()
    try {
      return await waitFor(landing, call.request.signal)
    } catch (error) {
      if (isIdTokenError(error)) report?.({ ...call, startedAtMs, refusal: error })
      throw error
    }
  }

  /** Where no other token is to be had, the answer to the first one stands. */
  async function another(refused: MintedToken, call: SignedCall): Promise<MintedToken> {
    try {
      return await waitFor(tokens.renew(call.target.audience, refused), call.request.signal)
    } catch (error) {
      if (isIdTokenError(error)) return refused
      throw error
    }
  }

  async function send(call: AdmittedCall, again: Again): Promise<Sent> {
    if (isSigned(call)) return sendSigned(call, again)
    return { call, response: await transmit({ ...call, attempt: 1 }) }
  }

  return send
}

function isSameAudience({ target }: AdmittedCall, call: SignedCall): boolean {
  return target?.audience === call.target.audience
}

/** It was made already, and answered. */
function notAllowedAnymore(error: unknown): undefined {
  if (!isTargetNotAllowedError(error)) throw error
}

function isSigned(call: AdmittedCall): call is SignedCall {
  return call.target !== undefined
}

function isRepeatable({ request, target }: SignedCall, response: Response): boolean {
  return refusesStaleToken(response, request.method, target) && isReplayable(request.body)
}

/** Lets go of an answer that nobody will read, so that its connection is free again. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {})
}

/** Makes a call to one of the targets in scope, with the redirects that it leads to. */
export type SignedFetch = (given: FetchArguments, scopeIn?: ScopeIn) => Promise<Response>

/** Which of all the targets a call is for. Left out: any. */
export type ScopeIn = (all: TargetList) => Scope

/** What a call may reach before any redirect. */
export interface Scope {
  readonly targets: TargetList
  /** What a relative URL is relative to. */
  readonly base?: string
}

/**
 * Makes what a `serviceFetch` does: input -> URL -> target (or refuse) -> send -> redirects. The URL and
 * the init are read before anything is awaited.
 */
export function createSignedFetch(settings: Settings, send: Send): SignedFetch {
  const { now, report, targets } = settings
  const { admit, admitRedirect } = createAdmission(settings)

  async function follow(first: AdmittedCall, judgeFirst: Judge): Promise<Response> {
    let judge = judgeFirst
    let sent = await send(first, () => judge(first.request))
    for (let redirects = 0; ; redirects++) {
      const { response, call } = sent
      const { request, target } = call
      // The redirects of an unsigned call are the inner fetch's.
      if (!target || !isRedirect(request, response)) return response
      discard(response)
      const next = redirectOf(request, response, redirects)
      judge = async () => admitRedirect(next, { request, target }, await current(next.signal))
      sent = await redirected(
        request,
        send(await judge(next), () => judge(next)),
      )
    }
  }

  /** Promises nothing where they are at hand. */
  function current(signal: AbortSignal | undefined): TargetList | Promise<TargetList> {
    const all = targets.get()
    return isPromise(all) ? waitFor(Promise.resolve(all), signal) : all
  }

  return async function signedFetch(given, scopeIn = anyOf) {
    const read = readRequest(given)
    const found = current(read.signal)
    let all = isPromise(found) ? await found : found
    const scope = scopeIn(all)
    const request = withUrl(read, scope.base)
    const judge: Judge = async (waited) => {
      all = await current(read.signal)
      return admit(waited, scopeIn(all).targets)
    }
    try {
      const call = admit(request, scope.targets)
      if (!needsBytes(request)) return await follow(call, judge)
      const waited = await waitFor(withBytes(request), read.signal)
      return await follow(await judge(waited), judge)
    } catch (error) {
      if (isTargetNotAllowedError(error)) {
        const target = all.covering(request.url)
        report?.({ request, target, refusal: error, startedAtMs: now() })
      }
      throw error
    }
  }
}

/** Holds a request against the targets that count now: whoever was taken off meanwhile gets nothing. */
type Judge = (request: OutgoingRequest) => Promise<AdmittedCall>

/** Whoever gets an IdTokenError may call again: after a redirect the first call was made already. */
function redirected(from: OutgoingRequest, landing: Promise<Sent>): Promise<Sent> {
  return landing.catch((error: unknown) => {
    throw isIdTokenError(error) ? redirectRefused(from, error) : error
  })
}

function anyOf(all: TargetList): Scope {
  return { targets: all }
}

/** A call as it goes out. */
export interface Attempt extends AdmittedCall {
  /** Undefined where it goes out unsigned. */
  readonly token?: MintedToken
  /** 1, or 2 where it is repeated with another token. */
  readonly attempt: number
}

/** Puts one request on the wire. */
export type Transmit = (attempt: Attempt) => Promise<Response>

/** Makes what calls the inner fetch, and reports what came of it. */
export function createTransmit({ fetch, now, report }: Settings): Transmit {
  function transmit({ request, target, token }: Attempt): Promise<Response> {
    const signed = target && token ? withToken(request.headers, target.headers, token) : undefined
    const redirect = signed ? redirectMode(request) : request.redirect
    const init = toInit(request, signed ?? [...request.headers], redirect)
    return withOneTrace(() => fetch(request.url.href, init))
  }
  if (!report) return transmit
  return (attempt) => {
    const startedAtMs = now()
    return reported(() => transmit(attempt), { ...attempt, startedAtMs }, report)
  }
}

/**
 * 'error' ends in the inner fetch; following is ours, with another token for each target. Under way
 * the inner fetch would hold an integrity against the redirect's own body.
 */
function redirectMode({ redirect, init }: OutgoingRequest): RequestRedirect {
  return redirect === 'error' || (redirect === 'follow' && init.integrity) ? 'error' : 'manual'
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
