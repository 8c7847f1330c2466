import { redactWith, withoutCredentials } from '@countersign/shared/redact'
import type { HeaderList } from '../events.ts'

/** Names of headers and parameters with secret values. Some names with "key" are excluded. */
const secretNames =
  /authorization|cookie|token|secret|passw|session|api[-_]?key|(?<!idempotency|surrogate|websocket)[-_]key$|assertion|signature|credential|^(?:key|code|sig|auth|x-auth|jwt|pwd)$/i

/** Query parameters anywhere in a text. */
const parameters = /([?&;])([^=&;?\s"]{1,200})=([^&;\s"]+)/g

/**
 * Redacts and truncates a text that others wrote. Queries stay, since they show what was called,
 * except values of parameters with secret names. Long names and ids stay too, since the reader runs
 * the emulator.
 *
 * @param maxLength the maximum length, in characters
 */
export function withoutSecrets(text: string, maxLength: number): string {
  return redactWith(withoutParameters, text, maxLength)
}

function withoutParameters(text: string): string {
  return withoutCredentials(text).replace(parameters, (whole, mark, name) =>
    isSecretName(decoded(name)) ? `${mark}${name}=[redacted]` : whole,
  )
}

/** Whether the name of a header or parameter indicates a secret value. */
export function isSecretName(name: string): boolean {
  return secretNames.test(name) && !name.toLowerCase().startsWith('access-control-')
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

const maxHeaders = 100
const maxHeaderNameLength = 100
const maxValueLength = 1_000

/**
 * Headers for an event: in the order sent, names in lower case, no credentials in the values.
 *
 * @param rawHeaders names and values, alternating
 * @param decoded names of the headers whose token was decoded
 */
export function headerList(
  rawHeaders: readonly string[],
  decoded: ReadonlySet<string> = new Set(),
): HeaderList {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).slice(0, maxHeaders)
  return names.map((raw, index) => {
    const name = raw.toLowerCase()
    const value = rawHeaders[index * 2 + 1] ?? ''
    return [
      withoutSecrets(name, maxHeaderNameLength),
      shown(name, value, decoded.has(name)),
    ] as const
  })
}

function shown(name: string, value: string, isDecoded: boolean): string {
  if (!isSecretName(name)) return withoutSecrets(value, maxValueLength)
  const scheme = /^(?:bearer|basic|digest|negotiate)(?= )/i.exec(value)?.[0]
  const rest = isDecoded ? '<claims of token below>' : '[redacted]'
  return scheme === undefined ? '[redacted]' : `${scheme} ${rest}`
}

const maxEntries = 50
const maxDepth = 4
const maxNameLength = 100
const maxTextLength = 300
const maxCharacters = 8_000

/**
 * The claims of a token for an event. The token's sender chose them, so they are truncated, and
 * tokens in them are redacted.
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
