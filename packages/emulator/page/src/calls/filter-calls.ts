import type { CallHandled } from '@countersign/emulator'
import { isProblem, stopperName } from '../model/outcome.ts'
import { callerName } from '../model/parties.ts'
import type { CallFilter } from '../store/route.ts'

/** Whether a filter excludes any calls. */
export function isFiltering(filter: CallFilter): boolean {
  return Object.values(filter).some(Boolean)
}

/** The calls that match a filter, in the given order. */
export function filterCalls(
  calls: readonly CallHandled[],
  filter: CallFilter,
): readonly CallHandled[] {
  if (!isFiltering(filter)) return calls
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return calls.filter((call) => matchesParties(call, filter) && matchesRest(call, filter, words))
}

function matchesParties(call: CallHandled, { service, from, to }: CallFilter): boolean {
  const caller = callerName(call.caller)
  return (
    (!service || service === caller || service === call.receiver) &&
    (!from || from === caller) &&
    (!to || to === call.receiver)
  )
}

function matchesRest(call: CallHandled, filter: CallFilter, words: readonly string[]): boolean {
  const { code, trace, problemsOnly } = filter
  return (
    (!problemsOnly || isProblem(call)) &&
    (!code || code === call.code) &&
    (!trace || trace === call.trace) &&
    (words.length === 0 || matchesText(call, words))
  )
}

function matchesText(call: CallHandled, words: readonly string[]): boolean {
  const { method, target, receiver, status, code = '', trace = '', caller } = call
  const who = `${callerName(caller)} ${caller?.account ?? ''} ${receiver}`
  const line = `${who} ${method} ${target} ${status} ${stopperName(call)} ${code} ${trace}`
  const lower = line.toLowerCase()
  return words.every((word) => lower.includes(word))
}
