import { isPromise } from '@countersign/shared/promises'
import { isIdTokenError, isTargetNotAllowedError } from '../errors.ts'
import type { CompiledTarget } from '../targets/target.ts'
import { waitFor } from '../tokens/flight.ts'
import type { MintedToken } from '../tokens/id-token.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { AdmittedCall } from './admission.ts'
import { refusesStaleToken } from './refusal.ts'
import { isReplayable } from './request-body.ts'
import type { Settings } from './settings.ts'
import { createTransmit } from './transmit.ts'

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
