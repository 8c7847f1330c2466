import { randomUUID } from 'node:crypto'
import { createDrillEvents, type DrillEvents } from './drill-events.ts'
import { createEventLog, type EventLog } from './event-log.ts'
import { createGrantEvents, type GrantEvents } from './grant-events.ts'
import { createHeldTokens, type HeldTokens } from './held-tokens.ts'
import { createReplays, type Replays } from './replays.ts'
import { createRequestLog, type RequestLog } from './request-log.ts'
import { type AnsweredRequest, createTokenEvents, type TokenEvents } from './token-events.ts'

/** The records of an emulator's run: requests, events, and the calls that can be replayed. */
export interface Journal {
  /** A new id on each start, since the ids of events and drills start at 1 again. */
  run: string
  requests: RequestLog
  events: EventLog
  tokens: TokenEvents
  drills: DrillEvents
  held: HeldTokens
  grants: GrantEvents
  replays: Replays
  /** Records a request in both logs, just before its answer is sent. */
  record(answered: AnsweredRequest): void
}

/**
 * Creates an empty journal.
 *
 * @param now milliseconds since the epoch; no drill shifts it
 */
export function createJournal(now: () => number): Journal {
  const requests = createRequestLog(now)
  const events = createEventLog()
  const tokens = createTokenEvents(events)
  const held = createHeldTokens(now)
  return {
    run: randomUUID(),
    requests,
    events,
    tokens,
    drills: createDrillEvents(events, now),
    held,
    grants: createGrantEvents(events, now),
    replays: createReplays(),
    record: (answered) => {
      requests.record(answered)
      held.note(answered)
      tokens.note(answered, Math.round(now() - answered.durationMs))
    },
  }
}
