import type { IncomingMessage } from 'node:http'
import type { Policy, Service } from '@countersign/policy'
import { isWebSocket } from '@countersign/shared/exchange/end-to-end'
import { type KeptBody, keepBody } from '../events/replays.ts'
import type { Layer } from '../events.ts'
import type { Issuer } from '../google/issuer.ts'
import { traceIdIn, traceIdOf } from '../http/trace.ts'
import {
  forwardedLayer,
  sentLayers,
  unreachableLayer,
  type Verdict,
  verdictLayer,
} from './layers.ts'
import { type SeenToken, seenTokens } from './seen-tokens.ts'

/** A call at a front door, and what was observed so far. */
export interface ObservedCall {
  request: IncomingMessage
  receiver: Service
  /** Milliseconds since the epoch, when it came. */
  at: number
  /** Milliseconds since its arrival. */
  elapsed(): number
  layers: Layer[]
  /** Its tokens, after {@link lookAtTokens}. */
  seen: readonly SeenToken[]
  /** The caller's account, once IAM has verified it. */
  account?: string | undefined
  trace: string | undefined
  /** The id of the drill that applied. */
  drill?: number | undefined
  /** Undefined until it is read, and for WebSockets. */
  body?: KeptBody
}

/**
 * Starts to observe a call.
 *
 * @param where who is called, and when: milliseconds since the epoch
 */
export function observeCall(
  request: IncomingMessage,
  where: Pick<ObservedCall, 'receiver' | 'at'>,
): ObservedCall {
  const begun = performance.now()
  function elapsed(): number {
    return Math.round((performance.now() - begun) * 10) / 10
  }
  return { request, ...where, elapsed, layers: [], seen: [], trace: traceIdOf(request.headers) }
}

/** Verifies the tokens of a call, as its front door would. */
export async function lookAtTokens(
  call: ObservedCall,
  { issuer, policy }: { issuer: Issuer; policy: Policy },
): Promise<void> {
  const { request, receiver: service } = call
  const destination = { service, target: request.url ?? '/', pushes: policy.pushes }
  call.seen = await seenTokens(request.headers, { issuer, ...destination })
  call.layers.push(...sentLayers(request, call.seen))
}

/** Records IAM's decision. */
export function noteVerdict(call: ObservedCall, verdict: Verdict): void {
  call.account = verdict.account
  call.layers.push(verdictLayer(verdict, call.elapsed()))
}

/**
 * Records the headers that the app receives.
 *
 * @param call the call, whose body is about to be read
 * @param rawHeaders names and values, alternating
 */
export function noteForwarded(call: ObservedCall, rawHeaders: readonly string[]): void {
  call.trace = traceIdIn(rawHeaders)
  call.layers.push(forwardedLayer(rawHeaders, { seen: call.seen, atMs: call.elapsed() }))
  readBody(call)
}

/** Records that nothing answers at the app's address. */
export function noteUnreachable(call: ObservedCall, app: URL): void {
  call.layers.push(unreachableLayer(app, call.elapsed()))
}

/** Keeps the body of a call while another reader consumes it. */
export function readBody(call: ObservedCall): void {
  if (!isWebSocket(call.request)) call.body ??= keepBody(call.request)
}
