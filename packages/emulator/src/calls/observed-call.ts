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

/** A call at a front door, and what was seen of it so far. */
export interface ObservedCall {
  request: IncomingMessage
  receiver: Service
  /** Milliseconds since the epoch, when it came. */
  at: number
  /** Milliseconds since it came. */
  elapsed(): number
  layers: Layer[]
  /** Its tokens, once they were looked at. */
  seen: readonly SeenToken[]
  /** Who calls, once IAM has verified it. */
  account?: string | undefined
  trace: string | undefined
  /** The drill that it has met. */
  drill?: number | undefined
  /** Undefined until it is read, and for WebSockets. */
  body?: KeptBody
}

/**
 * Begins to watch a call.
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

/** Looks at the tokens of a call, as its front door would. */
export async function lookAtTokens(
  call: ObservedCall,
  { issuer, policy }: { issuer: Issuer; policy: Policy },
): Promise<void> {
  const { request, receiver: service } = call
  const destination = { service, target: request.url ?? '/', pushes: policy.pushes }
  call.seen = await seenTokens(request.headers, { issuer, ...destination })
  call.layers.push(...sentLayers(request, call.seen))
}

/** Notes IAM's verdict. */
export function noteVerdict(call: ObservedCall, verdict: Verdict): void {
  call.account = verdict.account
  call.layers.push(verdictLayer(verdict, call.elapsed()))
}

/**
 * Notes what the app is handed.
 *
 * @param call the call, whose body is about to be read
 * @param rawHeaders names and values, alternating
 */
export function noteForwarded(call: ObservedCall, rawHeaders: readonly string[]): void {
  call.trace = traceIdIn(rawHeaders)
  call.layers.push(forwardedLayer(rawHeaders, { seen: call.seen, atMs: call.elapsed() }))
  readBody(call)
}

/** Notes that nothing answers where the app should be. */
export function noteUnreachable(call: ObservedCall, app: URL): void {
  call.layers.push(unreachableLayer(app, call.elapsed()))
}

/** Reads the body of a call beside whoever else does. */
export function readBody(call: ObservedCall): void {
  if (!isWebSocket(call.request)) call.body ??= keepBody(call.request)
}
