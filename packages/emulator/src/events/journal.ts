import { randomUUID } from 'node:crypto'
import { createDrillEvents, type DrillEvents } from './drill-events.ts'
import { createEventLog, type EventLog } from './event-log.ts'
import { createReplays, type Replays } from './replays.ts'
import { createRequestLog, type RequestLog } from './request-log.ts'
import { type AnsweredRequest, createTokenEvents, type TokenEvents } from './token-events.ts'

/** What is recorded of an emulator's run. */
export interface Journal {
  /** Another one on each start: the ids of events and drills count from 1 again. */
  run: string
  requests: RequestLog
  events: EventLog
  tokens: TokenEvents
  drills: DrillEvents
  replays: Replays
  /** Notes a request that is being answered, in both logs. */
  record(answered: AnsweredRequest): void
}

/**
 * A journal with nothing in it.
 *
 * @param now milliseconds since the epoch, whatever the drill
 */
export function createJournal(now: () => number): Journal {
  const requests = createRequestLog(now)
  const events = createEventLog()
  const tokens = createTokenEvents(events)
  return {
    run: randomUUID(),
    requests,
    events,
    tokens,
    drills: createDrillEvents(events, now),
    replays: createReplays(),
    record: (answered) => {
      requests.record(answered)
      tokens.note(answered, Math.round(now() - answered.durationMs))
    },
  }
}
