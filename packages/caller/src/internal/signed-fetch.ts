import { isTargetNotAllowedError, type TargetNotAllowedError } from '../errors.ts'
import type { CompiledTarget } from './read-target.ts'
import { isRedirect, redirectOf, redirectRefused } from './redirects.ts'
import { type FetchArguments, type OutgoingRequest, readRequest, toInit } from './request.ts'
import { needsBytes, withBytes } from './request-body.ts'
import { discard, type Send } from './send.ts'
import type { Settings } from './settings.ts'
import type { TargetList } from './targets.ts'
import { assertNoConflict, withoutCredentials } from './token-headers.ts'

/** Makes a call to one of the given targets, with the redirects that it leads to. */
export type SignedFetch = (given: FetchArguments, targets: TargetList) => Promise<Response>

/** A request that may be made. */
interface Call {
  readonly request: OutgoingRequest
  /** Undefined in report-only mode, for a request that is not allowed: it is sent unsigned. */
  readonly target: CompiledTarget | undefined
}

/** A request that its target allows. */
interface AllowedCall extends Call {
  readonly target: CompiledTarget
}

function isAllowed(call: Call): call is AllowedCall {
  return call.target !== undefined
}

/**
 * Makes what a `serviceFetch` does: input -> URL -> target (or refuse) -> send -> redirects. The URL and
 * the init are read before anything is awaited.
 */
export function createSignedFetch(settings: Settings, send: Send): SignedFetch {
  const { fetch, mode, now, report } = settings

  return async function signedFetch(given, targets) {
    const request = readRequest(given)
    try {
      const call = admit(request, targets)
      if (!needsBytes(request)) return await follow(call)
      return await follow({ ...call, request: await withBytes(request) })
    } catch (error) {
      if (isTargetNotAllowedError(error)) reportRefusal(request, error)
      throw error
    }
  }

  async function follow(first: Call): Promise<Response> {
    let call = first
    for (let redirects = 0; isAllowed(call); redirects++) {
      const response = await send(call.request, call.target)
      if (!isRedirect(call.request, response)) return response
      discard(response)
      call = admitRedirect(redirectOf(call.request, response, redirects), call)
    }
    return sendUnsigned(call.request)
  }

  function admit(request: OutgoingRequest, targets: TargetList): Call {
    try {
      const target = targets.find(request)
      assertNoConflict(request.headers, target)
      return { request, target }
    } catch (error) {
      return passUnsigned(request, error)
    }
  }

  /** Any listed target will do. What the user sent along for one is not for another. */
  function admitRedirect(next: OutgoingRequest, from: AllowedCall): Call {
    const stranger = { ...next, headers: withoutCredentials(next.headers) }
    const sameOrigin = next.url.origin === from.request.url.origin
    try {
      const target = settings.targets.find(next)
      const isSameTarget = sameOrigin && target.base === from.target.base
      return { request: isSameTarget ? next : stranger, target }
    } catch (cause) {
      return passUnsigned(sameOrigin ? next : stranger, redirectRefused(from.request, cause))
    }
  }

  function passUnsigned(request: OutgoingRequest, error: unknown): Call {
    if (mode !== 'report-only' || !isTargetNotAllowedError(error)) throw error
    reportRefusal(request, error)
    return { request, target: undefined }
  }

  function reportRefusal({ url, method }: OutgoingRequest, { code }: TargetNotAllowedError): void {
    report?.({ url, method, code, startedAtMs: now() })
  }

  function sendUnsigned(request: OutgoingRequest): Promise<Response> {
    return fetch(request.url.href, toInit(request, [...request.headers], request.redirect))
  }
}
