import type { EmulatorEvent, EmulatorState } from '@countersign/emulator'
import { announce } from './announcement.ts'
import { resume } from './following.ts'
import { switchCall } from './location.ts'
import { connection, takeEvents, takeState } from './run.ts'

const flushMs = 100
const firstRetryMs = 500
const longestRetryMs = 5_000

/**
 * Follows the emulator until the page is closed: its state, then its events. If the emulator stops
 * answering, the page keeps its data and retries with a growing delay.
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

/** Runs one connection until it ends. Returns whether the emulator answered. */
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

/** Closes the open call: in the new run another call has the same id. */
function startNewRun(): void {
  switchCall(undefined)
  resume()
  announce('The emulator was restarted.')
}

function loseConnection(): void {
  if (connection.value === 'live') announce('The emulator stopped answering.')
  connection.value = 'gone'
}

async function fetchState(): Promise<EmulatorState> {
  const response = await fetch('/emulator/v1/state')
  if (!response.ok) throw new Error(`The emulator answered ${response.status}`)
  return response.json()
}

/** Streams all kept events, then new ones, so that none is missed. */
function streamEvents(): Promise<void> {
  return new Promise((end) => {
    const source = new EventSource('/emulator/v1/events')
    const events = createEventBuffer()
    source.onopen = () => {
      if (connection.value === 'gone') announce('The emulator answers again.')
      // The kept events arrive at once. Before them, the page would show "No calls yet".
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

/** Services, arrows and pushes follow from the policy; who gets in, from grants and settings. */
const changesState: ReadonlySet<EmulatorEvent['type']> = new Set(['policy', 'grant', 'access'])

async function refreshState(): Promise<void> {
  await fetchState().then(takeState, () => undefined)
}

/** Collects the events of 100 ms, so that a busy emulator causes few renderings. */
function createEventBuffer(): { add(event: EmulatorEvent): void; flush(): void } {
  let waiting: EmulatorEvent[] = []
  function flush(): void {
    const events = waiting
    waiting = []
    takeEvents(events)
    if (events.some(({ type }) => changesState.has(type))) void refreshState()
  }
  return {
    add(event) {
      waiting.push(event)
      if (waiting.length === 1) setTimeout(flush, flushMs)
    },
    flush,
  }
}
