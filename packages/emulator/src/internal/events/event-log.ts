import type { EmulatorEvent } from '../../events.ts'

/** What is kept: the newest events. */
export interface EventLimits {
  readonly maxEvents: number
  /** Of the events as JSON. */
  readonly maxCharacters: number
}

const defaultLimits: EventLimits = { maxEvents: 10_000, maxCharacters: 20_000_000 }

/** An event that is in the log. */
export interface LoggedEvent {
  readonly id: number
  /** The event as JSON, on one line. Kept as text: it is what most readers want, and compact. */
  readonly json: string
}

/** An event before it has its id. */
export type Draft<E extends EmulatorEvent> = Omit<E, 'id'>

/** What happened, bounded. */
export interface EventLog {
  /** Adds an event; returns its id. */
  add<E extends EmulatorEvent>(draft: Draft<E>): number
  /** Those that are kept, oldest first. */
  kept(): readonly LoggedEvent[]
  /** Those with a higher id than `after`, and then what comes, until the log is closed. */
  follow(options?: FollowOptions): AsyncGenerator<LoggedEvent | undefined, void>
  /** Ends all who follow, once they have got what there is. */
  close(): void
}

/** How to follow a log. */
export interface FollowOptions {
  /** An id of another log, higher than all here, counts as 0. @default 0 */
  readonly after?: number
  readonly signal?: AbortSignal
  /** Yields `undefined` where nothing has come for so many milliseconds. Left out: never. */
  readonly idleMs?: number
}

/**
 * A log that keeps the newest 10,000 events, of at most 20 million characters together.
 *
 * Who follows it has a place in it and no buffer: a slow reader costs nothing, and finds a gap in
 * the ids where what it has not read is gone.
 *
 * @param limits other bounds, for tests
 */
export function createEventLog(limits: EventLimits = defaultLimits): EventLog {
  const { maxEvents, maxCharacters } = limits
  const entries: LoggedEvent[] = []
  const waiting = new Set<() => void>()
  let lastId = 0
  let characters = 0
  let isClosed = false

  const wakeAll = (): void => {
    for (const wake of [...waiting]) wake()
  }
  const forget = (): void => {
    characters -= entries.shift()?.json.length ?? 0
  }
  const nextAfter = (id: number): LoggedEvent | undefined => {
    const first = entries[0]?.id ?? 0
    return entries[Math.max(id + 1 - first, 0)]
  }
  return {
    add: (draft) => {
      lastId += 1
      const json = JSON.stringify({ id: lastId, ...draft })
      entries.push({ id: lastId, json })
      characters += json.length
      while (entries.length > maxEvents || characters > maxCharacters) forget()
      wakeAll()
      return lastId
    },
    kept: () => entries,
    follow: async function* ({ after = 0, signal, idleMs } = {}) {
      let id = after > lastId ? 0 : after
      while (!signal?.aborted) {
        const entry = nextAfter(id)
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

/** Waits until something has come (or nobody wants it any more); `false` once the time is up. */
function isWoken(waiting: Set<() => void>, { signal, idleMs }: Wait): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (woken: boolean): void => {
      clearTimeout(timer)
      waiting.delete(wake)
      signal?.removeEventListener('abort', wake)
      resolve(woken)
    }
    const wake = (): void => settle(true)
    const timer = idleMs === undefined ? undefined : setTimeout(() => settle(false), idleMs)
    waiting.add(wake)
    signal?.addEventListener('abort', wake)
  })
}

interface Wait {
  readonly signal: AbortSignal | undefined
  readonly idleMs: number | undefined
}
