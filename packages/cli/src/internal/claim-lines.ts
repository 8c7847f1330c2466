/** Claims that are seconds since the epoch (RFC 7519 section 4.1). */
const times: readonly string[] = ['exp', 'iat', 'nbf']

/**
 * A token's claims as lines for a person, one each.
 *
 * @param claims of a token that anybody may have written
 * @param now milliseconds since the epoch
 */
export function claimLines(claims: Readonly<Record<string, unknown>>, now: number): string[] {
  const names = Object.keys(claims).map(plain)
  const width = Math.max(0, ...names.map((name) => name.length))
  return Object.entries(claims).map(([name, value]) => {
    return `  ${plain(name).padEnd(width)}  ${shown(name, value, now)}`
  })
}

function shown(name: string, value: unknown, now: number): string {
  const isTime = times.includes(name) && typeof value === 'number' && Math.abs(value) < 1e11
  if (isTime) return `${new Date(value * 1000).toISOString()}, ${relative(value * 1000 - now)}`
  return plain(typeof value === 'string' ? value : JSON.stringify(value))
}

function relative(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000)
  const amount = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
  return ms < 0 ? `${amount} ago` : `in ${amount}`
}

/** Whoever wrote the token must not move the cursor of whoever reads it. */
function plain(text: string): string {
  return text.replace(/[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
