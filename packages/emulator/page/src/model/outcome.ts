import type { CallHandled } from '@countersign/emulator'

/** A call is well, refused, or went wrong: on the answering side, by a drill, or without an answer. */
export type Outcome = 'ok' | 'refused' | 'failed'

/** What kept a call from the answer that its caller wanted. `caller`: it hung up before that. */
type Stopper = NonNullable<CallHandled['refusedBy']> | 'drill' | 'caller'

/** What load balancers note where the caller hung up; an app may answer it too. */
const callerGone = 499

/**
 * How a call ended.
 *
 * @param call the call
 */
export function outcomeOf(call: CallHandled): Outcome {
  const stopper = stopperOf(call)
  if (call.status >= 500 || stopper === 'drill' || stopper === 'caller') return 'failed'
  return stopper ? 'refused' : 'ok'
}

/**
 * What stopped a call; undefined where the service answered it, however.
 *
 * @param call the call
 */
export function stopperOf(call: CallHandled): Stopper | undefined {
  const { refusedBy, status, drill } = call
  if (refusedBy) return refusedBy
  if (hasStage(call, 'answer')) return undefined
  if (status === callerGone) return 'caller'
  return drill !== undefined && !hasStage(call, 'front-door') ? 'drill' : undefined
}

/**
 * Whether a call came as far as a layer.
 *
 * @param call the call
 * @param stage of that layer
 */
export function hasStage({ layers }: CallHandled, stage: string): boolean {
  return layers.some((layer) => layer.stage === stage)
}

/** Whether a call was refused, by whomever, or failed. */
export function isProblem(call: CallHandled): boolean {
  return outcomeOf(call) !== 'ok'
}

/** What stopped a call, in words; nothing where nothing did. */
export function stopperName(call: CallHandled): string {
  const stopper = stopperOf(call)
  if (stopper === 'front-door') return 'front door'
  return stopper ?? ''
}
