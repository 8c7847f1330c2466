import {
  callerOf,
  isListedProblem,
  type ListedCall,
  listedStopper,
  receiverOf,
  targetOf,
} from '../model/listed-call.ts'
import type { CallFilter } from '../store/route.ts'

/** Whether a filter excludes any calls. */
export function isFiltering(filter: CallFilter): boolean {
  return Object.values(filter).some(Boolean)
}

/** The calls that match a filter, in the given order. */
export function filterCalls(
  calls: readonly ListedCall[],
  filter: CallFilter,
): readonly ListedCall[] {
  if (!isFiltering(filter)) return calls
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return calls.filter((call) => matchesParties(call, filter) && matchesRest(call, filter, words))
}

function matchesParties(call: ListedCall, { service, from, to }: CallFilter): boolean {
  const [caller, receiver] = [callerOf(call), receiverOf(call)]
  return (
    (!service || service === caller || service === receiver) &&
    (!from || from === caller) &&
    (!to || to === receiver)
  )
}

function matchesRest(call: ListedCall, filter: CallFilter, words: readonly string[]): boolean {
  const { code, trace, problemsOnly } = filter
  return (
    (!problemsOnly || isListedProblem(call)) &&
    (!code || code === call.code) &&
    (!trace || trace === traceOf(call)) &&
    (words.length === 0 || matchesText(call, words))
  )
}

/** A refusal has no trace: nothing was sent. */
function traceOf(call: ListedCall): string {
  return call.type === 'refusal' ? '' : (call.trace ?? '')
}

function matchesText(call: ListedCall, words: readonly string[]): boolean {
  const { method, code = '' } = call
  const { account = '' } = call.type === 'refusal' ? {} : (call.caller ?? {})
  const who = `${callerOf(call)} ${account} ${receiverOf(call)}`
  const status = call.type === 'refusal' ? '' : call.status
  const how = `${status} ${listedStopper(call)} ${code} ${traceOf(call)}`
  const line = `${who} ${method} ${targetOf(call)} ${how}`
  const lower = line.toLowerCase()
  return words.every((word) => lower.includes(word))
}
