import type { PushAttempted } from '@countersign/emulator'

/** The products' own names. */
export const kindNames: Record<PushAttempted['kind'], string> = {
  pubsub: 'Pub/Sub',
  'cloud-tasks': 'Cloud Tasks',
  'cloud-scheduler': 'Cloud Scheduler',
  eventarc: 'Eventarc',
}

/** What goes with the data, as each product calls it. */
export const attributeNames: Record<PushAttempted['kind'], string> = {
  pubsub: 'Attributes',
  'cloud-tasks': 'Headers',
  'cloud-scheduler': 'Headers',
  eventarc: 'CloudEvents attributes',
}

/**
 * Reads what goes with it, as typed: `name=value`, one a line.
 *
 * @param text what was typed
 * @throws TypeError for a line without a name
 */
export function readAttributes(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(lines.map(attributeOf))
}

function attributeOf(line: string): readonly [name: string, value: string] {
  const sign = line.indexOf('=')
  const name = line.slice(0, sign).trim()
  if (sign > 0 && name) return [name, line.slice(sign + 1).trim()]
  throw new TypeError(`Attributes: write "${line.trim()}" as name=value`)
}
