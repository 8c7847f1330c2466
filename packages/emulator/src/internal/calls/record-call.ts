import type { IncomingMessage } from 'node:http'
import type { CallHandled } from '../../events.ts'
import type { Google } from '../../google/google.ts'
import type { EmulatorRequest } from '../../requests.ts'
import { callEvent, type Outcome } from './call-event.ts'
import { answerLayer } from './layers.ts'
import { type ObservedCall, readBody } from './observed-call.ts'
import { readProblemDetail } from './problem-detail.ts'

/**
 * Notes in both logs how a call ended that the app didn't answer.
 *
 * @param call the call
 * @param end what the front door answered
 * @param google whose logs
 */
export function recordEnd(
  call: ObservedCall,
  { status, refusal }: Pick<EmulatorRequest, 'status' | 'refusal'>,
  google: Google,
): void {
  logRequest(call, { status, ...(refusal && { refusal }) }, google)
  const refusedBy = refusal && ({ refusedBy: 'front-door', code: refusal } as const)
  addEvent(call, { status, durationMs: call.elapsed(), ...refusedBy }, google)
}

/**
 * Notes in both logs how the app answered. The event of a refusal waits for its body, which says why.
 *
 * @param call the call
 * @param answer the head of the app's answer
 * @param google whose logs
 */
export function recordAnswer(call: ObservedCall, answer: IncomingMessage, google: Google): void {
  const { statusCode: status = 502 } = answer
  logRequest(call, { status }, google)
  const durationMs = call.elapsed()
  const layer = answerLayer(answer, durationMs)
  readProblemDetail(answer, (detail) => {
    call.layers.push({ ...layer, ...(detail !== undefined && { detail }) })
    addEvent(call, { status, durationMs, ...refusalOf(layer) }, google)
  })
}

/** As callers see it: a receiver names itself. */
function refusalOf({ status, code }: { status: number; code?: string }): Partial<Outcome> {
  if (code !== undefined) return { refusedBy: 'receiver', code }
  return status === 401 || status === 403 ? { refusedBy: 'application' } : {}
}

function logRequest(
  { receiver, account, drill }: ObservedCall,
  end: Pick<EmulatorRequest, 'status' | 'refusal'>,
  { log }: Google,
): void {
  const who = account === undefined ? {} : { account }
  const met = drill === undefined ? {} : { drill }
  log.record({ endpoint: 'front-door', service: receiver.name, ...who, ...met, ...end })
}

function addEvent(call: ObservedCall, outcome: Outcome, google: Google): void {
  const { request } = call
  const replay = google.replays.expected(request)
  const event = callEvent(call, { ...outcome, ...(replay && { replayOf: replay.of }) }, google)
  const id = google.events.add<CallHandled>(event)
  readBody(call)
  google.replays.keep(id, call)
  replay?.onEvent(id)
}
