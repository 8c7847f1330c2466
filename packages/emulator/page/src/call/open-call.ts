import { go, route, switchCall } from '../store/location.ts'

/** Id of the heading of the open call, which gets the focus when the call opens. */
export const callHeadingId = 'call-heading'

/**
 * Opens a call, or replaces the open one without a new history entry: the back button then closes
 * the panel.
 */
export function openCall(id: number): void {
  if (route.value.call === undefined) go({ call: id })
  else switchCall(id)
}

/** Focuses the call that was just opened. */
export function focusCall(): void {
  requestAnimationFrame(() => document.getElementById(callHeadingId)?.focus())
}

/** Focuses the call if it replaces the table, which had the focus, as on narrow pages. */
export function focusCallWithoutTable(): void {
  requestAnimationFrame(() => {
    if (!document.getElementById('calls')?.checkVisibility()) focusCall()
  })
}

/** Closes the call, and focuses the table again. */
export function closeCall(): void {
  go({ call: undefined })
  requestAnimationFrame(() => document.getElementById('calls')?.focus())
}
