import type { EmulatorEvent, EmulatorState } from '@countersign/emulator'
import { batch, computed, signal } from '@preact/signals'
import { type ListedCall, mergeListed } from '../model/listed-call.ts'
import { activeDrills, type EventLog, emptyLog, withEvents } from './event-log.ts'
import type { Recording } from './recording.ts'

/** State of the connection to the emulator. `gone`: it does not answer. */
type Connection = 'connecting' | 'live' | 'gone'

/** The open recording, with its file name. */
interface OpenRecording extends Recording {
  name: string
}

const liveState = signal<EmulatorState | undefined>(undefined)
const liveLog = signal<EventLog>(emptyLog)

/** Current state of the connection. */
export const connection = signal<Connection>('connecting')

/** The open recording, which is shown instead of the live run. */
export const recording = signal<OpenRecording | undefined>(undefined)

/** State of the emulator, or of the recorded one: services, edges, pushes, drills. */
export const state = computed(() => recording.value?.state ?? liveState.value)

/**
 * State of the emulator that serves the page, even if a recording is open; undefined if it does not
 * answer.
 */
export const running = computed(() => (connection.value === 'live' ? liveState.value : undefined))

/** Events of the shown run, live or recorded. */
export const log = computed(() => recording.value?.log ?? liveLog.value)

/** The calls of the shown run, and those that serviceFetch stopped, oldest first. */
export const listed = computed<readonly ListedCall[]>(() =>
  mergeListed(log.value.calls, log.value.refusals),
)

/** Whether the page can send requests that change the emulator. */
export const canAct = computed(() => !recording.value && connection.value === 'live')

/** The active drills; in a recording, those that were active at its end. */
export const drillsNow = computed(() => activeDrills(state.value?.drills ?? [], log.value.drills))

/**
 * Stores the state of the emulator. If the emulator was restarted, the events of the previous run
 * are dropped: ids start from 1 again, so calls and drills of both runs could not be distinguished.
 *
 * @returns whether the emulator was restarted
 */
export function takeState(next: EmulatorState): boolean {
  const before = liveState.value
  const isNewRun = before !== undefined && before.run !== next.run
  batch(() => {
    if (isNewRun) liveLog.value = emptyLog
    liveState.value = next
  })
  return isNewRun
}

/** Stores new events, which must be in order. */
export function takeEvents(events: readonly EmulatorEvent[]): void {
  liveLog.value = withEvents(liveLog.value, events)
}
