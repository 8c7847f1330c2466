import type {
  CallHandled,
  DrillChanged,
  EmulatorEvent,
  PushAttempted,
  TokenIssued,
} from '@countersign/emulator'

/** How many events of each kind are kept; older ones make room. */
const keptEvents = 2_000

/** What is known of a run, each list oldest first. */
export interface EventLog {
  calls: readonly CallHandled[]
  tokens: readonly TokenIssued[]
  pushes: readonly PushAttempted[]
  drills: readonly DrillChanged[]
  /** The newest event that was seen. */
  newest?: { id: number; at: number }
  /** How many calls made room for newer ones. */
  forgottenCalls: number
}

/** Nothing is known. */
export const emptyLog: EventLog = {
  calls: [],
  tokens: [],
  pushes: [],
  drills: [],
  forgottenCalls: 0,
}

/**
 * The log with some events more. Those it has already, as after a reconnect, are left out.
 *
 * @param log what is known
 * @param events in the order they happened
 * @param kept how many of each kind to keep
 */
export function withEvents(
  log: EventLog,
  events: readonly EmulatorEvent[],
  kept: number = keptEvents,
): EventLog {
  const newestId = log.newest?.id ?? -1
  const added = events.filter((event) => event.id > newestId)
  const last = added.at(-1)
  if (!last) return log
  const calls = joined(log.calls, ofType(added, 'call'))
  return {
    calls: calls.slice(-kept),
    tokens: joined(log.tokens, ofType(added, 'token')).slice(-kept),
    pushes: joined(log.pushes, ofType(added, 'push')).slice(-kept),
    drills: joined(log.drills, ofType(added, 'drill')).slice(-kept),
    newest: { id: last.id, at: last.at },
    forgottenCalls: log.forgottenCalls + Math.max(0, calls.length - kept),
  }
}

/**
 * The drills that are on.
 *
 * @param atStart those that were when the run was first looked at
 * @param changes which began and ended, in that order; those of another run would be mistaken
 */
export function activeDrills(
  atStart: readonly DrillChanged[],
  changes: readonly DrillChanged[],
): readonly DrillChanged[] {
  const latest = new Map([...atStart, ...changes].map((change) => [change.drill, change]))
  return [...latest.values()].filter(({ active }) => active)
}

/** Whether the log has a list for such events. */
export function isEventType(type: string): boolean {
  return Object.hasOwn(listed, type)
}

const listed: Readonly<Record<EmulatorEvent['type'], keyof EventLog>> = {
  call: 'calls',
  token: 'tokens',
  push: 'pushes',
  drill: 'drills',
}

function joined<T>(old: readonly T[], added: readonly T[]): readonly T[] {
  return added.length === 0 ? old : [...old, ...added]
}

function ofType<T extends EmulatorEvent['type']>(
  events: readonly EmulatorEvent[],
  type: T,
): readonly Extract<EmulatorEvent, { type: T }>[] {
  return events.filter((event): event is Extract<EmulatorEvent, { type: T }> => event.type === type)
}
