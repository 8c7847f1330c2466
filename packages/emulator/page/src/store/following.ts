import { computed, signal } from '@preact/signals'
import { listed } from './run.ts'

/** Id of the newest call that is shown; undefined: the list is not paused. */
const upTo = signal<number | undefined>(undefined)

/** Why the list is paused: the user asked for it, or has scrolled down. */
const reason = signal<'asked' | 'reading'>('asked')

/** Whether the list is paused. */
export const isPaused = computed(() => upTo.value !== undefined)

/** The listed calls: all, or those from before the pause. */
export const listedCalls = computed(() => {
  const last = upTo.value
  return last === undefined ? listed.value : listed.value.filter(({ id }) => id <= last)
})

/** Number of calls since the pause. */
export const waitingCalls = computed(() => listed.value.length - listedCalls.value.length)

/** Pauses the list until {@link resume}. */
export function pause(): void {
  reason.value = 'asked'
  freeze()
}

/** Pauses the list while the user reads below its top. */
export function pauseToRead(): void {
  if (isPaused.value) return
  reason.value = 'reading'
  freeze()
}

/** Shows new calls again. */
export function resume(): void {
  upTo.value = undefined
}

/** Resumes the list if only reading had paused it. */
export function doneReading(): void {
  if (reason.value === 'reading') resume()
}

function freeze(): void {
  upTo.value = listed.value.at(-1)?.id ?? 0
}
