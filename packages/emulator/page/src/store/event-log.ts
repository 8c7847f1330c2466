import type {
  AccessChanged,
  CallHandled,
  DrillChanged,
  EmulatorEvent,
  GrantChanged,
  PolicyFollowed,
  PushAttempted,
  RefusalReported,
  TokenIssued,
} from '@countersign/emulator'

/** Maximum number of events of each kind; the oldest are dropped. */
const keptEvents = 2_000

/** Events of a run; each list has the oldest first. */
export interface EventLog {
  calls: readonly CallHandled[]
  tokens: readonly TokenIssued[]
  pushes: readonly PushAttempted[]
  drills: readonly DrillChanged[]
  /** Calls that `serviceFetch` refused before they were sent. */
  refusals: readonly RefusalReported[]
  /** Edits of the policy that the emulator follows. */
  policies: readonly PolicyFollowed[]
  grants: readonly GrantChanged[]
  accesses: readonly AccessChanged[]
  /** The newest event so far. */
  newest?: { id: number; at: number }
  /** Number of calls that were dropped. */
  forgottenCalls: number
}

/** Log without events. */
export const emptyLog: EventLog = {
  calls: [],
  tokens: [],
  pushes: [],
  drills: [],
  refusals: [],
  policies: [],
  grants: [],
  accesses: [],
  forgottenCalls: 0,
}

/**
 * Adds events to a log. Events that it already has, as after a reconnect, are ignored.
 *
 * @param events in order of their ids
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
    refusals: joined(log.refusals, ofType(added, 'refusal')).slice(-kept),
    policies: joined(log.policies, ofType(added, 'policy')).slice(-kept),
    grants: joined(log.grants, ofType(added, 'grant')).slice(-kept),
    accesses: joined(log.accesses, ofType(added, 'access')).slice(-kept),
    newest: { id: last.id, at: last.at },
    forgottenCalls: log.forgottenCalls + Math.max(0, calls.length - kept),
  }
}

/**
 * Returns the active drills.
 *
 * @param changes starts and ends, in order, all from the same run: another run has the same ids
 */
export function activeDrills(
  atStart: readonly DrillChanged[],
  changes: readonly DrillChanged[],
): readonly DrillChanged[] {
  const latest = new Map([...atStart, ...changes].map((change) => [change.drill, change]))
  return [...latest.values()].filter(({ active }) => active)
}

/** Whether the log keeps events of this type. */
export function isEventType(type: string): boolean {
  return Object.hasOwn(listed, type)
}

const listed: Readonly<Record<EmulatorEvent['type'], keyof EventLog>> = {
  call: 'calls',
  token: 'tokens',
  push: 'pushes',
  drill: 'drills',
  refusal: 'refusals',
  policy: 'policies',
  grant: 'grants',
  access: 'accesses',
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
