/** How the time between attempts grows. */
export interface Backoff {
  /** Before the first retry, in milliseconds. */
  readonly minMs: number
  readonly maxMs: number
  /** How often it doubles, before it grows by the same amount each time. */
  readonly maxDoublings: number
}

/**
 * The time before a retry, as Cloud Tasks and Cloud Scheduler document it: it doubles, then grows in
 * equal steps, up to the most. Without the jitter, so that a schedule can be read and tested.
 *
 * https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RetryConfig
 *
 * @param retry which one, from 1
 * @param backoff how it grows
 */
export function backoffMs(retry: number, { minMs, maxMs, maxDoublings }: Backoff): number {
  const doublings = Math.min(retry - 1, maxDoublings)
  const steps = retry - doublings
  return Math.min(minMs * 2 ** doublings * steps, maxMs)
}

/** An app that asks for more has a wrong clock, or means never. */
const longestRetryAfterMs = 24 * 60 * 60 * 1000

/**
 * What a `Retry-After` asks for (RFC 9110 section 10.2.3), in milliseconds: a day at most.
 *
 * @param value seconds, or a date
 * @param now milliseconds since the epoch
 */
export function retryAfterMs(value: string | undefined, now: number): number {
  return Math.min(askedMs(value ?? '', now), longestRetryAfterMs)
}

function askedMs(value: string, now: number): number {
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? 0 : Math.max(date - now, 0)
}
