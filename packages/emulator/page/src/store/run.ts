import type { EmulatorEvent, EmulatorState } from '@countersign/emulator'
import { batch, computed, signal } from '@preact/signals'
import {
  activeDrills,
  type EventLog,
  emptyLog,
  isAnotherRun,
  withEvents,
} from '../model/event-log.ts'
import type { Recording } from '../model/recording.ts'

/** How the page stands with the emulator. `gone`: it was there, and does not answer now. */
export type Connection = 'connecting' | 'live' | 'gone'

/** A recording that is open. */
export interface OpenRecording extends Recording {
  readonly name: string
}

const liveState = signal<EmulatorState | undefined>(undefined)
const liveLog = signal<EventLog>(emptyLog)

export const connection = signal<Connection>('connecting')

/** The recording that is open, in place of what happens now. */
export const recording = signal<OpenRecording | undefined>(undefined)

/** What the emulator, or the recorded one, is made of. */
export const state = computed(() => recording.value?.state ?? liveState.value)

/** What happened, live or recorded. */
export const log = computed(() => recording.value?.log ?? liveLog.value)

/** Whether the page can ask something of the emulator. */
export const canAct = computed(() => !recording.value && connection.value === 'live')

export const drillsNow = computed(() => activeDrills(state.value?.drills ?? [], log.value.drills))

/** The emulator answered: it is made of this. */
export function takeState(next: EmulatorState): void {
  liveState.value = next
}

/**
 * Events came, in their order. Those of an emulator that was started anew replace the old ones.
 *
 * @param events one or more
 * @param isFirst whether they are the first since the page connected
 */
export function takeEvents(events: readonly EmulatorEvent[], isFirst: boolean): void {
  const [first] = events
  if (!first) return
  batch(() => {
    const isNewRun = isFirst && isAnotherRun(liveLog.value, first)
    liveLog.value = withEvents(isNewRun ? emptyLog : liveLog.value, events)
  })
}
