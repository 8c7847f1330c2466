import { signal } from '@preact/signals'

/** What a screen reader is told: the ends of what the user set off, not each call that comes. */
export const announcement = signal('')

/**
 * Tells it to who can't see it.
 *
 * @param text one short sentence
 */
export function announce(text: string): void {
  announcement.value = text
}
