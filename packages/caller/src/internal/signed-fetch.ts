import { isPromise } from '@countersign/shared/promises'
import { isIdTokenError, isTargetNotAllowedError } from '../errors.ts'
import type { TargetList } from '../targets/targets.ts'
import { waitFor } from '../tokens/flight.ts'
import { type AdmittedCall, createAdmission } from './admission.ts'
import { isRedirect, redirectOf, redirectRefused } from './redirects.ts'
import { type FetchArguments, type OutgoingRequest, readRequest, withUrl } from './request.ts'
import { needsBytes, withBytes } from './request-body.ts'
import { discard, type Send, type Sent } from './send.ts'
import type { Settings } from './settings.ts'

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
