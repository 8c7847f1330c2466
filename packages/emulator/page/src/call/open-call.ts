import { go, route, switchCall } from '../store/location.ts'

/** The heading of the open call, to which the keyboard goes when it opens. */
export const callHeadingId = 'call-heading'

/**
 * Opens a call, or another one in its place: then the back button closes it at once.
 *
 * @param id the call's
 */
export function openCall(id: number): void {
  if (route.value.call === undefined) go({ call: id })
  else switchCall(id)
}

/** Moves the keyboard into the call that was just opened. */
export function focusCall(): void {
  requestAnimationFrame(() => document.getElementById(callHeadingId)?.focus())
}

/** Does so where the call has taken the place of the table, which had the keyboard. */
export function focusCallWithoutTable(): void {
  requestAnimationFrame(() => {
    if (!document.getElementById('calls')?.checkVisibility()) focusCall()
  })
}

/** Closes the call, and moves the keyboard back to the table. */
export function closeCall(): void {
  go({ call: undefined })
  requestAnimationFrame(() => document.getElementById('calls')?.focus())
}
