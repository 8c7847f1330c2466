import type { HeaderList } from '../../layers.ts'
import { isSecretName, withoutSecrets } from './without-secrets.ts'

const maxHeaders = 100
const maxNameLength = 100
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
    return [withoutSecrets(name, maxNameLength), shown(name, value, decoded.has(name))] as const
  })
}

function shown(name: string, value: string, isDecoded: boolean): string {
  if (!isSecretName(name)) return withoutSecrets(value, maxValueLength)
  const scheme = /^(?:bearer|basic|digest|negotiate)(?= )/i.exec(value)?.[0]
  const rest = isDecoded ? '<claims of token below>' : '[redacted]'
  return scheme === undefined ? '[redacted]' : `${scheme} ${rest}`
}
