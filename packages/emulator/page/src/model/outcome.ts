import type { CallHandled } from '@countersign/emulator'

/** How a call ended. `failed`: a 5xx answer, an answer of a drill, or no answer. */
export type Outcome = 'ok' | 'refused' | 'failed'

/** What stopped a call before its caller got the intended answer. `caller`: it disconnected. */
type Stopper = NonNullable<CallHandled['refusedBy']> | 'drill' | 'caller'

/** Load balancers log this status if the caller disconnected; an app can also answer it. */
const callerGone = 499

/** Returns how a call ended. */
export function outcomeOf(call: CallHandled): Outcome {
  const stopper = stopperOf(call)
  if (call.status >= 500 || stopper === 'drill' || stopper === 'caller') return 'failed'
  return stopper ? 'refused' : 'ok'
}

/** Returns what stopped a call; undefined if the service answered it, with any status. */
export function stopperOf(call: CallHandled): Stopper | undefined {
  const { refusedBy, status, drill } = call
  if (refusedBy) return refusedBy
  if (hasStage(call, 'answer')) return undefined
  if (status === callerGone) return 'caller'
  return drill !== undefined && !hasStage(call, 'front-door') ? 'drill' : undefined
}

/** Whether a call reached the given stage. */
export function hasStage({ layers }: CallHandled, stage: string): boolean {
  return layers.some((layer) => layer.stage === stage)
}

/** Whether a call was refused or failed. */
export function isProblem(call: CallHandled): boolean {
  return outcomeOf(call) !== 'ok'
}

/** Name of what stopped a call, or an empty text. */
export function stopperName(call: CallHandled): string {
  const stopper = stopperOf(call)
  if (stopper !== 'front-door') return stopper ?? ''
  return call.code === 'app_unreachable' ? 'nobody answers' : 'front door'
}
