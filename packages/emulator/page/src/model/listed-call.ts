import type { CallHandled, RefusalReported } from '@countersign/emulator'
import { isProblem, stopperName } from './outcome.ts'
import { callerName } from './parties.ts'

/** A row of the list of calls: a call to a front door, or one that serviceFetch stopped before. */
export type ListedCall = CallHandled | RefusalReported

/** Name for a service that a refusal does not name; not a valid name of a service. */
const unknownService = '(unknown service)'

/** Name for a target that a refusal does not name. */
const noTarget = '(no target)'

/** Name of the caller: of a refusal, the service whose serviceFetch it was. */
export function callerOf(call: ListedCall): string {
  return call.type === 'refusal' ? (call.service ?? unknownService) : callerName(call.caller)
}

/** Name of the service that was called: of a refusal, its target. */
export function receiverOf(call: ListedCall): string {
  return call.type === 'refusal' ? (call.target ?? noTarget) : call.receiver
}

/** Path of the call; for calls to a front door also the query. */
export function targetOf(call: ListedCall): string {
  return call.type === 'refusal' ? call.path : call.target
}

/** Whether it was refused or failed; a call that serviceFetch stopped was. */
export function isListedProblem(call: ListedCall): boolean {
  return call.type === 'refusal' || isProblem(call)
}

/** Name of what stopped it, or an empty text. */
export function listedStopper(call: ListedCall): string {
  return call.type === 'refusal' ? 'serviceFetch' : stopperName(call)
}

/** Merges calls and refusals by their ids; both have the oldest first. */
export function mergeListed(
  calls: readonly CallHandled[],
  refusals: readonly ListedCall[],
): readonly ListedCall[] {
  if (refusals.length === 0) return calls
  return [...calls, ...refusals].sort((one, other) => one.id - other.id)
}
