import type { EmulatorEvent, EmulatorEvents } from '../../events.ts'
import type { EventLog, LoggedEvent } from './event-log.ts'

/**
 * A log as users of {@link Emulator.events} see it.
 *
 * @param log the log
 */
export function emulatorEvents(log: EventLog): EmulatorEvents {
  return {
    get kept() {
      return log.kept().map(eventOf)
    },
    async *[Symbol.asyncIterator]() {
      for await (const entry of log.follow()) if (entry) yield eventOf(entry)
    },
  }
}

/** A copy each time: what one reader does to it, no other sees. */
function eventOf({ json }: LoggedEvent): EmulatorEvent {
  return JSON.parse(json)
}
