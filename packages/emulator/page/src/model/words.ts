/**
 * The time of day with milliseconds, in the time zone of the browser.
 *
 * @param at milliseconds since the epoch
 */
export function timeOfDay(at: number): string {
  const date = new Date(at)
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()]
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':')
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/**
 * A duration in a suitable unit: `840 µs`, `12 ms`, `3.2 s`, `5 min`, `2 h`, `3 days`.
 *
 * @param ms the duration; its sign is ignored
 */
export function duration(ms: number): string {
  const length = Math.abs(ms)
  if (length < 1 && length > 0) return `${Math.round(length * 1000)} µs`
  if (length < 1000) return `${Math.round(length)} ms`
  if (length < 60_000) return `${Number((length / 1000).toFixed(1))} s`
  if (length < 3_600_000) return longer(length, 60_000, 'min', 1000, 's')
  if (length < 172_800_000) return longer(length, 3_600_000, 'h', 60_000, 'min')
  return `${Math.round(length / 86_400_000)} days`
}

function longer(ms: number, unit: number, name: string, rest: number, restName: string): string {
  const left = Math.floor((ms % unit) / rest)
  return `${Math.floor(ms / unit)} ${name}${left ? ` ${left} ${restName}` : ''}`
}

/**
 * A time relative to now: `5 min ago`, `in 12 s`, `now`.
 *
 * @param at the time in milliseconds
 */
export function relative(at: number, now: number): string {
  const ms = at - now
  if (Math.abs(ms) < 500) return 'now'
  return ms < 0 ? `${duration(ms)} ago` : `in ${duration(ms)}`
}

/**
 * The time of one event relative to another: `7 ms earlier`, `12 s later`.
 *
 * @param at the time of the event in milliseconds
 */
export function beside(at: number, other: number): string {
  if (at === other) return 'at the same time'
  return `${duration(at - other)} ${at < other ? 'earlier' : 'later'}`
}

/** A number with a noun: `1 call`, `2,000 calls`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
