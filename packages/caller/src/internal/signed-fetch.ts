import { isTargetNotAllowedError } from '../errors.ts'
import { type AdmittedCall, createAdmission } from './admission.ts'
import { isRedirect, redirectOf } from './redirects.ts'
import { type FetchArguments, readRequest } from './request.ts'
import { needsBytes, withBytes } from './request-body.ts'
import { discard, type Send } from './send.ts'
import type { Settings } from './settings.ts'
import type { TargetList } from './targets.ts'

/** Makes a call to one of the given targets, with the redirects that it leads to. */
export type SignedFetch = (given: FetchArguments, targets: TargetList) => Promise<Response>

/**
 * Makes what a `serviceFetch` does: input -> URL -> target (or refuse) -> send -> redirects. The URL and
 * the init are read before anything is awaited.
 */
export function createSignedFetch(settings: Settings, send: Send): SignedFetch {
  const { now, report } = settings
  const { admit, admitRedirect } = createAdmission(settings)

  async function follow(first: AdmittedCall): Promise<Response> {
    let call = first
    for (let redirects = 0; ; redirects++) {
      const { request, target } = call
      const response = await send(call)
      // The redirects of an unsigned call are the inner fetch's.
      if (!target || !isRedirect(request, response)) return response
      discard(response)
      call = admitRedirect(redirectOf(request, response, redirects), { request, target })
    }
  }

  return async function signedFetch(given, targets) {
    const request = readRequest(given)
    try {
      const call = admit(request, targets)
      if (!needsBytes(request)) return await follow(call)
      return await follow({ ...call, request: await withBytes(request) })
    } catch (error) {
      if (isTargetNotAllowedError(error)) report?.({ request, refusal: error, startedAtMs: now() })
      throw error
    }
  }
}
