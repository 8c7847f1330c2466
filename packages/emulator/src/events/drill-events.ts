import type { DrillChanged } from '../events.ts'
import type { EventLog } from './event-log.ts'

/** The events of an emulator's drills. */
export interface DrillEvents {
  /** Records the start or end of a drill. */
  note(drill: Pick<DrillChanged, 'id' | 'summary' | 'note'>, active: boolean): void
  /** The events of the active drills, oldest first. */
  active(): readonly DrillChanged[]
}

/**
 * Creates the events of a log.
 *
 * @param now milliseconds since the epoch
 */
export function createDrillEvents(events: EventLog, now: () => number): DrillEvents {
  const begun = new Map<number, DrillChanged>()
  return {
    note: ({ id: drill, summary, note }, active) => {
      const hint = active && note !== undefined ? { note } : {}
      const draft = { type: 'drill', at: now(), drill, summary, active, ...hint } as const
      const id = events.add<DrillChanged>(draft)
      if (active) begun.set(drill, { id, ...draft })
      else begun.delete(drill)
    },
    active: () => [...begun.values()],
  }
}
