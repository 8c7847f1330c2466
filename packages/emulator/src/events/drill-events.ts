import type { DrillChanged } from '../events.ts'
import type { EventLog } from './event-log.ts'

/** The events of an emulator's drills. */
export interface DrillEvents {
  /** Records the start or end of a drill. */
  note(drill: { id: number; summary: string }, active: boolean): void
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
    note: ({ id: drill, summary }, active) => {
      const draft = { type: 'drill', at: now(), drill, summary, active } as const
      const id = events.add<DrillChanged>(draft)
      if (active) begun.set(drill, { id, ...draft })
      else begun.delete(drill)
    },
    active: () => [...begun.values()],
  }
}
