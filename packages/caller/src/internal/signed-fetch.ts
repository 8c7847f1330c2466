import { isPromise } from '@countersign/shared/promises'
import { isIdTokenError, isTargetNotAllowedError } from '../errors.ts'
import { type AdmittedCall, createAdmission } from './admission.ts'
import { waitFor } from './flight.ts'
import { isRedirect, redirectOf, redirectRefused } from './redirects.ts'
import { type FetchArguments, type OutgoingRequest, readRequest, withUrl } from './request.ts'
import { needsBytes, withBytes } from './request-body.ts'
import { discard, type Send } from './send.ts'
import type { Settings } from './settings.ts'
import type { TargetList } from './targets.ts'

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

  async function follow(first: AdmittedCall): Promise<Response> {
    let call = first
    let from: OutgoingRequest | undefined
    for (let redirects = 0; ; redirects++) {
      const { request, target } = call
      const response = await (from ? redirected(from, send(call)) : send(call))
      from = request
      // The redirects of an unsigned call are the inner fetch's.
      if (!target || !isRedirect(request, response)) return response
      discard(response)
      call = admitRedirect(redirectOf(request, response, redirects), { request, target })
    }
  }

  return async function signedFetch(given, scopeIn = anyOf) {
    const read = readRequest(given)
    const current = targets.get()
    const all = isPromise(current) ? await waitFor(current, read.signal) : current
    const scope = scopeIn(all)
    const request = withUrl(read, scope.base)
    try {
      const call = admit(request, scope.targets)
      if (!needsBytes(request)) return await follow(call)
      return await follow({ ...call, request: await waitFor(withBytes(request), read.signal) })
    } catch (error) {
      if (isTargetNotAllowedError(error)) {
        const target = all.covering(request.url)
        report?.({ request, target, refusal: error, startedAtMs: now() })
      }
      throw error
    }
  }
}

/** Whoever gets an IdTokenError may call again: after a redirect the first call was made already. */
function redirected(from: OutgoingRequest, landing: Promise<Response>): Promise<Response> {
  return landing.catch((error: unknown) => {
    throw isIdTokenError(error) ? redirectRefused(from, error) : error
  })
}

function anyOf(all: TargetList): Scope {
  return { targets: all }
}
