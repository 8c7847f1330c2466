import { withoutSecrets } from './without-secrets.ts'

const maxEntries = 50
const maxDepth = 4
const maxNameLength = 100
const maxTextLength = 300
const maxCharacters = 8_000

/**
 * The claims of a token as an event shows them: whoever made the token chose them, so they are
 * bounded, and a token inside of them is hidden.
 *
 * @param claims as they were decoded
 */
export function shownClaims(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = shownObject(claims, 0)
  if (JSON.stringify(shown).length <= maxCharacters) return shown
  return { '…': 'more claims than an event can hold' }
}

function shownObject(object: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(object).slice(0, maxEntries)
  return Object.fromEntries(
    entries.map(([name, value]) => [withoutSecrets(name, maxNameLength), shownValue(value, depth)]),
  )
}

function shownValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutSecrets(value, maxTextLength)
  if (typeof value !== 'object' || value === null) return value
  if (depth === maxDepth) return '…'
  if (!Array.isArray(value)) return shownObject(value, depth + 1)
  return value.slice(0, maxEntries).map((item) => shownValue(item, depth + 1))
}
