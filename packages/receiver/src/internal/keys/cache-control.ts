/** A shorter life would have a fleet ask all the time; a longer one would trust a revoked key. */
const floorMs = 5 * 60_000
const ceilingMs = 24 * 3_600_000

/**
 * How long an answer stays fresh, in milliseconds: `max-age` less `Age` (RFC 9111 section 4.2),
 * between five minutes and a day. Google's answers have spent up to hours in a cache before.
 */
export function freshForMs(headers: Headers): number {
  const maxAge = Number(maxAgeOf(headers.get('cache-control') ?? ''))
  const age = Number(headers.get('age') ?? 0)
  const fresh = (maxAge - (Number.isFinite(age) ? Math.max(age, 0) : 0)) * 1000
  return Number.isFinite(fresh) ? Math.min(Math.max(fresh, floorMs), ceilingMs) : floorMs
}

function maxAgeOf(cacheControl: string): string | undefined {
  const directives = cacheControl.split(',').map((directive) => directive.trim().toLowerCase())
  const maxAge = directives.find((directive) => directive.startsWith('max-age='))
  return maxAge?.slice('max-age='.length).replaceAll('"', '')
}
