import type { PushAttempted } from '@countersign/emulator'

/** Names of the products. */
export const kindNames: Record<PushAttempted['kind'], string> = {
  pubsub: 'Pub/Sub',
  'cloud-tasks': 'Cloud Tasks',
  'cloud-scheduler': 'Cloud Scheduler',
  eventarc: 'Eventarc',
}

/** Each product's term for what is sent with the data. */
export const attributeNames: Record<PushAttempted['kind'], string> = {
  pubsub: 'Attributes',
  'cloud-tasks': 'Headers',
  'cloud-scheduler': 'Headers',
  eventarc: 'CloudEvents attributes',
}

/**
 * Reads attributes or headers, one `name=value` per line.
 *
 * @throws {TypeError} if a line has no name or no `=`
 */
export function readAttributes(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(lines.map(attributeOf))
}

function attributeOf(line: string): readonly [name: string, value: string] {
  const sign = line.indexOf('=')
  const name = line.slice(0, sign).trim()
  if (sign > 0 && name) return [name, line.slice(sign + 1).trim()]
  throw new TypeError(
    `Attributes must be name=value, one per line, but one is "${line.trim()}": write "kind=test"`,
  )
}
