import type { MintedToken } from '../tokens/id-token.ts'
import type { AdmittedCall } from './admission.ts'
import type { Outcome } from './call-events.ts'
import { withOneTrace } from './one-trace.ts'
import type { Report } from './report.ts'
import { type OutgoingRequest, type RequestRedirect, toInit } from './request.ts'
import type { Settings } from './settings.ts'
import { withToken } from './token-headers.ts'

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
