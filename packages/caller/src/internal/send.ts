import { isIdTokenError } from '../errors.ts'
import type { Outcome, Report } from './call-events.ts'
import { waitFor } from './flight.ts'
import type { MintedToken } from './minted-token.ts'
import type { CompiledTarget } from './read-target.ts'
import { refusesStaleToken } from './refusal.ts'
import { type OutgoingRequest, toInit } from './request.ts'
import { isReplayable } from './request-body.ts'
import type { Settings } from './settings.ts'
import type { TokenCache } from './token-cache.ts'
import { withToken } from './token-headers.ts'

/** Sends one request to its target, with a token for it. */
export type Send = (request: OutgoingRequest, target: CompiledTarget) => Promise<Response>

/** A request as it goes out. */
interface Attempt {
  readonly request: OutgoingRequest
  readonly target: CompiledTarget
  readonly token: MintedToken
  readonly attempt: number
}

/** Makes what sends a request: token, headers, fetch, and once more where a cached token was refused. */
export function createSend(settings: Settings, tokens: TokenCache): Send {
  const { fetch, now, report } = settings

  return async function send(request, target) {
    const cached = tokens.get(target.audience)
    if (cached instanceof Promise) {
      return transmit({ request, target, token: await minted(cached, request, target), attempt: 1 })
    }
    const response = await transmit({ request, target, token: cached, attempt: 1 })
    const stale = refusesStaleToken(response, request.method, target)
    const repeatable = stale && isReplayable(request.body)
    const token = repeatable ? await another(cached, request, target) : cached
    if (token.value === cached.value) return response
    discard(response)
    return transmit({ request, target, token, attempt: 2 })
  }

  async function minted(
    landing: Promise<MintedToken>,
    { url, method, signal }: OutgoingRequest,
    target: CompiledTarget,
  ): Promise<MintedToken> {
    const startedAtMs = now()
    try {
      return await waitFor(landing, signal)
    } catch (error) {
      if (isIdTokenError(error)) report?.({ url, method, target, startedAtMs, code: error.code })
      throw error
    }
  }

  /** Where no other token is to be had, the answer to the first one stands. */
  async function another(
    refused: MintedToken,
    request: OutgoingRequest,
    { audience }: CompiledTarget,
  ): Promise<MintedToken> {
    try {
      return await waitFor(tokens.renew(audience, refused), request.signal)
    } catch (error) {
      if (isIdTokenError(error)) return refused
      throw error
    }
  }

  function transmit({ request, target, token, attempt }: Attempt): Promise<Response> {
    const { url, method } = request
    // 'error' ends in the inner fetch; following is ours, with another token for each target.
    const redirect = request.redirect === 'error' ? 'error' : 'manual'
    const headers = withToken(request.headers, target.headers, token)
    const startedAtMs = now()
    const sent = fetch(url.href, toInit(request, headers, redirect))
    if (!report) return sent
    return reported(sent, { url, method, target, token, attempt, startedAtMs }, report)
  }
}

async function reported(
  sent: Promise<Response>,
  outcome: Outcome,
  report: Report,
): Promise<Response> {
  try {
    const response = await sent
    report({ ...outcome, response })
    return response
  } catch (error) {
    report(outcome)
    throw error
  }
}

/** Lets go of an answer that nobody will read, so that its connection is free again. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {})
}
