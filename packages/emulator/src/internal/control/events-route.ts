import type { EventLog } from '../../events/event-log.ts'
import { type Call, json, type Route } from '../../http/route.ts'
import { sameSiteRead } from './cross-site.ts'

/** Before whatever lies between takes a quiet connection for a dead one. */
const heartbeatMs = 15_000

/**
 * `GET /emulator/v1/events?after=ID`: the events that are kept and what comes, as server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html). A browser that asks again sends
 * `Last-Event-ID`, and goes on where it was.
 *
 * @param log the log
 */
export function eventsRoute(log: EventLog): Route {
  return {
    method: 'GET',
    path: '/emulator/v1/events',
    endpoint: 'control',
    handle: sameSiteRead((call) => {
      const after = lastSeen(call)
      if (after === undefined) return json(400, { error: 'after: write the id of an event.' })
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
      return { status: 200, headers, stream: (signal) => frames(log, { after, signal }) }
    }),
  }
}

/** The header comes from who has read further than the URL says. */
function lastSeen({ headers, query }: Call): number | undefined {
  const id = headers['last-event-id'] ?? query.get('after') ?? '0'
  return /^\d{1,15}$/.test(String(id)) ? Number(id) : undefined
}

async function* frames(
  log: EventLog,
  { after, signal }: { after: number; signal: AbortSignal },
): AsyncGenerator<string, void> {
  let last: number | undefined
  // Said at once: the answer's head alone tells some clients nothing.
  yield ': events\n\n'
  for await (const entry of log.follow({ after, signal, idleMs: heartbeatMs })) {
    if (!entry) yield ':\n\n'
    // Too slow: what it has not read is gone. It sees the end, and may ask for what is kept.
    else if (last !== undefined && entry.id > last + 1) return
    else yield `id: ${entry.id}\ndata: ${entry.json}\n\n`
    last = entry?.id ?? last
  }
}
