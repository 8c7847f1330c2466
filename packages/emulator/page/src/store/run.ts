import type { EmulatorEvent, EmulatorState } from '@countersign/emulator'
import { batch, computed, signal } from '@preact/signals'
import { activeDrills, type EventLog, emptyLog, withEvents } from './event-log.ts'
import type { Recording } from './recording.ts'

/** How the page stands with the emulator. `gone`: it was there, and does not answer now. */
type Connection = 'connecting' | 'live' | 'gone'

/** A recording that is open. */
interface OpenRecording extends Recording {
  name: string
}

const liveState = signal<EmulatorState | undefined>(undefined)
const liveLog = signal<EventLog>(emptyLog)

/** How the page stands with the emulator now. */
export const connection = signal<Connection>('connecting')

/** The recording that is open, in place of what happens now. */
export const recording = signal<OpenRecording | undefined>(undefined)

/** What the emulator, or the recorded one, is made of. */
export const state = computed(() => recording.value?.state ?? liveState.value)

/** The emulator that serves the page, an open recording or not; undefined where it does not answer. */
export const running = computed(() => (connection.value === 'live' ? liveState.value : undefined))

/** What happened, live or recorded. */
export const log = computed(() => recording.value?.log ?? liveLog.value)

/** Whether the page can ask something of the emulator. */
export const canAct = computed(() => !recording.value && connection.value === 'live')

/** The drills that are on; in a recording, those that were on at its end. */
export const drillsNow = computed(() => activeDrills(state.value?.drills ?? [], log.value.drills))

/**
 * The emulator answered: it is made of this. What is known of another run of it is forgotten: calls
 * and drills would be told apart by nothing, since their ids count from 1 again.
 *
 * @param next what it is made of
 * @returns whether it was started anew meanwhile
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

/**
 * Events came, in their order.
 *
 * @param events one or more
 */
export function takeEvents(events: readonly EmulatorEvent[]): void {
  liveLog.value = withEvents(liveLog.value, events)
}
