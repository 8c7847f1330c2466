import type { EmulatorEvent, EmulatorState } from '@countersign/emulator'
import { announce } from './announcement.ts'
import { resume } from './following.ts'
import { switchCall } from './location.ts'
import { connection, takeEvents, takeState } from './run.ts'

const flushMs = 100
const firstRetryMs = 500
const longestRetryMs = 5_000

/**
 * Follows the emulator until the page is closed: its state, then its events. When it goes, all that
 * is known stays, and it is asked again and again, less and less often.
 */
export function follow(): void {
  let retryMs = firstRetryMs
  async function attempt(): Promise<void> {
    const wasLive = await followOnce()
    retryMs = wasLive ? firstRetryMs : Math.min(retryMs * 2, longestRetryMs)
    setTimeout(attempt, retryMs)
  }
  void attempt()
}

/** One connection, to its end. Says whether it came about at all. */
async function followOnce(): Promise<boolean> {
  try {
    if (takeState(await fetchState())) startNewRun()
  } catch {
    loseConnection()
    return false
  }
  await streamEvents()
  loseConnection()
  return true
}

/** The open call is not of this run: the one that gets its number is another. */
function startNewRun(): void {
  switchCall(undefined)
  resume()
  announce('The emulator was started anew.')
}

function loseConnection(): void {
  if (connection.value === 'live') announce('The emulator does not answer any more.')
  connection.value = 'gone'
}

async function fetchState(): Promise<EmulatorState> {
  const response = await fetch('/emulator/v1/state')
  if (!response.ok) throw new Error(`The emulator answered ${response.status}`)
  return response.json()
}

/** All events that are kept come first, so that nothing is missed. */
function streamEvents(): Promise<void> {
  return new Promise((end) => {
    const source = new EventSource('/emulator/v1/events')
    const events = createEventBuffer()
    source.onopen = () => {
      if (connection.value === 'gone') announce('The emulator is back.')
      // What is kept comes at once: until then it would seem that nothing was called yet.
      setTimeout(goLive, flushMs, source)
    }
    source.onmessage = ({ data }) => events.add(JSON.parse(data))
    source.onerror = () => {
      source.close()
      events.flush()
      end()
    }
  })
}

function goLive(source: EventSource): void {
  if (source.readyState === EventSource.OPEN) connection.value = 'live'
}

/** Gathers what comes within a tenth of a second, so that a busy emulator costs few renderings. */
function createEventBuffer(): { add(event: EmulatorEvent): void; flush(): void } {
  let waiting: EmulatorEvent[] = []
  function flush(): void {
    const events = waiting
    waiting = []
    takeEvents(events)
  }
  return {
    add(event) {
      waiting.push(event)
      if (waiting.length === 1) setTimeout(flush, flushMs)
    },
    flush,
  }
}
