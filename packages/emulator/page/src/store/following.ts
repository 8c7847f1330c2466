import { computed, signal } from '@preact/signals'
import { log } from './run.ts'

/** The newest call that is shown; undefined: whatever comes. */
const upTo = signal<number | undefined>(undefined)

/** Why the list stands still: the user asked for it, or reads further down. */
const reason = signal<'asked' | 'reading'>('asked')

/** Whether the list stands still. */
export const isPaused = computed(() => upTo.value !== undefined)

/** The calls that are listed: all, or those that were there when it was paused. */
export const listedCalls = computed(() => {
  const { calls } = log.value
  const last = upTo.value
  return last === undefined ? calls : calls.filter(({ id }) => id <= last)
})

/** How many came since it was paused. */
export const waitingCalls = computed(() => log.value.calls.length - listedCalls.value.length)

/** The list stands still until {@link resume}. */
export function pause(): void {
  reason.value = 'asked'
  freeze()
}

/** The list stands still while the user is away from its top. */
export function pauseToRead(): void {
  if (isPaused.value) return
  reason.value = 'reading'
  freeze()
}

/** New calls show up again. */
export function resume(): void {
  upTo.value = undefined
}

/** The user is back at the top. */
export function doneReading(): void {
  if (reason.value === 'reading') resume()
}

function freeze(): void {
  upTo.value = log.value.calls.at(-1)?.id ?? 0
}
