import type { EmulatorEvent, EmulatorEvents } from '../events.ts'

/** Limits of a log, which keeps the newest events. */
export interface EventLimits {
  maxEvents: number
  /** The length of all events as JSON. */
  maxCharacters: number
}

const defaultLimits: EventLimits = { maxEvents: 10_000, maxCharacters: 20_000_000 }

/** An event that is in the log. */
interface LoggedEvent {
  id: number
  /**
   * The event as JSON, on one line. It is kept as text, which is compact, and what most readers
   * need.
   */
  json: string
}

/** An event before it has its id. */
type Draft<E extends EmulatorEvent> = Omit<E, 'id'>

/** A bounded log of events. */
export interface EventLog {
  /** Adds an event; returns its id. */
  add<E extends EmulatorEvent>(draft: Draft<E>): number
  /** The kept events, oldest first. */
  kept(): readonly LoggedEvent[]
  /** Yields events with a higher id than `after`, then new ones, until the log is closed. */
  follow(options?: FollowOptions): AsyncGenerator<LoggedEvent | undefined, void>
  /** Ends all iterators of {@link EventLog.follow} after the last event. */
  close(): void
}

/** Options of {@link EventLog.follow}. */
interface FollowOptions {
  /** An id of another log, higher than all here, counts as 0. @default 0 */
  after?: number
  signal?: AbortSignal
  /** Yields `undefined` after this many milliseconds without an event. If left out, never. */
  idleMs?: number
}

/**
 * A log that keeps the newest 10,000 events, of at most 20 million characters together.
 *
 * A reader has a position in the log and no buffer: a slow reader costs nothing, and sees a gap in
 * the ids if unread events were dropped.
 *
 * @param limits other bounds, for tests
 */
export function createEventLog(limits: EventLimits = defaultLimits): EventLog {
  const store = boundedStore(limits)
  const waiting = new Set<() => void>()
  let lastId = 0
  let isClosed = false

  function wakeAll(): void {
    for (const wake of [...waiting]) wake()
  }
  return {
    add: (draft) => {
      lastId += 1
      store.push({ id: lastId, json: JSON.stringify({ id: lastId, ...draft }) })
      wakeAll()
      return lastId
    },
    kept: () => store.entries,
    follow: async function* ({ after = 0, signal, idleMs } = {}) {
      let id = after > lastId ? 0 : after
      while (!signal?.aborted) {
        const entry = nextAfter(id, store.entries)
        if (!entry && isClosed) return
        if (entry) id = entry.id
        else if (await isWoken(waiting, { signal, idleMs })) continue
        yield entry
      }
    },
    close: () => {
      isClosed = true
      wakeAll()
    },
  }
}

interface Store {
  entries: readonly LoggedEvent[]
  push(entry: LoggedEvent): void
}

function boundedStore({ maxEvents, maxCharacters }: EventLimits): Store {
  const entries: LoggedEvent[] = []
  let characters = 0
  return {
    entries,
    push: (entry) => {
      entries.push(entry)
      characters += entry.json.length
      while (entries.length > maxEvents || characters > maxCharacters) {
        characters -= entries.shift()?.json.length ?? 0
      }
    },
  }
}

/** Ids rise by one, so the place of an entry follows from that of the first. */
function nextAfter(id: number, entries: readonly LoggedEvent[]): LoggedEvent | undefined {
  const first = entries[0]?.id ?? 0
  return entries[Math.max(id + 1 - first, 0)]
}

/** Waits for an event, the end of the log or the signal; `false` after `idleMs`. */
function isWoken(waiting: Set<() => void>, { signal, idleMs }: Wait): Promise<boolean> {
  return new Promise((resolve) => {
    function settle(woken: boolean): void {
      clearTimeout(timer)
      waiting.delete(wake)
      signal?.removeEventListener('abort', wake)
      resolve(woken)
    }
    function wake(): void {
      settle(true)
    }
    const timer = idleMs === undefined ? undefined : setTimeout(() => settle(false), idleMs)
    waiting.add(wake)
    signal?.addEventListener('abort', wake)
  })
}

interface Wait {
  signal: AbortSignal | undefined
  idleMs: number | undefined
}

/** The public view of a log, for {@link Emulator.events}. */
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

/** Returns a copy each time, so that readers can't change each other's events. */
function eventOf({ json }: LoggedEvent): EmulatorEvent {
  return JSON.parse(json)
}
