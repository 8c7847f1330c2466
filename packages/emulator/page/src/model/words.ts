/**
 * The time of day, to the millisecond, as the browser's clock has it.
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
 * A span of time in the unit that fits: `840 µs`, `12 ms`, `3.2 s`, `5 min`, `2 h`, `3 days`.
 *
 * @param ms its length; the sign is left out
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
 * A moment as seen from another: `5 min ago`, `in 12 s`, `now`.
 *
 * @param at the moment, in milliseconds
 * @param now from where it is seen
 */
export function relative(at: number, now: number): string {
  const ms = at - now
  if (Math.abs(ms) < 500) return 'now'
  return ms < 0 ? `${duration(ms)} ago` : `in ${duration(ms)}`
}

/**
 * When something was, seen from something else that was: `7 ms before`, `12 s later`.
 *
 * @param at its time, in milliseconds
 * @param other the time of the other
 */
export function beside(at: number, other: number): string {
  if (at === other) return 'at the same time'
  return `${duration(at - other)} ${at < other ? 'before' : 'later'}`
}

/**
 * A number with its noun: `1 call`, `2,000 calls`.
 *
 * @param count how many
 * @param noun one of them
 */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
