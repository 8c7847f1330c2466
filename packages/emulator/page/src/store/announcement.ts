import { signal } from '@preact/signals'

/** Text for screen readers: results of the user's actions, not every new call. */
export const announcement = signal('')

/** Lets screen readers read a short sentence. */
export function announce(text: string): void {
  announcement.value = text
}
