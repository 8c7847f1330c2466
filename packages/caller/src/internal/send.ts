import { isPromise } from '@countersign/shared/promises'
import { isIdTokenError } from '../errors.ts'
import type { AdmittedCall } from './admission.ts'
import { waitFor } from './flight.ts'
import type { MintedToken } from './minted-token.ts'
import type { CompiledTarget } from './read-target.ts'
import { refusesStaleToken } from './refusal.ts'
import { isReplayable } from './request-body.ts'
import type { Settings } from './settings.ts'
import type { TokenCache } from './token-cache.ts'
import { createTransmit } from './transmit.ts'

/** Sends one request, with a token for its target. */
export type Send = (call: AdmittedCall) => Promise<Response>

/** A call that is signed. */
interface SignedCall extends AdmittedCall {
  readonly target: CompiledTarget
}

/** Makes what sends a request: token, headers, fetch, and once more where a cached token was refused. */
export function createSend(settings: Settings, tokens: TokenCache): Send {
  const { now, report } = settings
  const transmit = createTransmit(settings)

  async function sendSigned(call: SignedCall): Promise<Response> {
    const { signal } = call.request
    if (signal?.aborted) throw signal.reason
    const cached = tokens.get(call.target.audience)
    if (isPromise(cached)) {
      return transmit({ ...call, token: await minted(cached, call), attempt: 1 })
    }
    const response = await transmit({ ...call, token: cached, attempt: 1 })
    const token = isRepeatable(call, response) ? await another(cached, call) : cached
    if (token.value === cached.value) return response
    discard(response)
    return transmit({ ...call, token, attempt: 2 })
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

  return (call) => (isSigned(call) ? sendSigned(call) : transmit({ ...call, attempt: 1 }))
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
