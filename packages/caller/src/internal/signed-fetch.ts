import { isTargetNotAllowedError } from '../errors.ts'
import { type AdmittedCall, createAdmission } from './admission.ts'
import { isRedirect, redirectOf } from './redirects.ts'
import { type FetchArguments, readRequest } from './request.ts'
import { needsBytes, withBytes } from './request-body.ts'
import { discard, type Send } from './send.ts'
import type { Settings } from './settings.ts'

/** Makes a call to one of the targets, or of those with a name, with the redirects that it leads to. */
export type SignedFetch = (given: FetchArguments, name?: string) => Promise<Response>

/**
 * Makes what a `serviceFetch` does: input -> URL -> target (or refuse) -> send -> redirects. The URL and
 * the init are read before anything is awaited.
 */
export function createSignedFetch(settings: Settings, send: Send): SignedFetch {
  const { now, report, targets } = settings
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

  return async function signedFetch(given, name) {
    const request = readRequest(given)
    const current = targets.get()
    const all = current instanceof Promise ? await current : current
    try {
      const call = admit(request, name === undefined ? all : all.named(name))
      if (!needsBytes(request)) return await follow(call)
      return await follow({ ...call, request: await withBytes(request) })
    } catch (error) {
      if (isTargetNotAllowedError(error)) {
        const target = all.covering(request.url)
        report?.({ request, target, refusal: error, startedAtMs: now() })
      }
      throw error
    }
  }
}
