import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { PushSender } from '@countersign/policy'
import type { PushOptions } from '../pushes.ts'

/**
 * Headers of the connection, which would change how the request is read. Google ignores them too.
 */
const ofTheConnection: readonly string[] = [
  'connection',
  'content-length',
  'expect',
  'host',
  'transfer-encoding',
  'upgrade',
]

/** Headers that Cloud Tasks and Cloud Scheduler keep for Google, and don't send. */
const internal = /^x-(?:google|appengine)-/

const payloads: readonly unknown[] = ['wrapped', 'unwrapped', 'unwrapped-with-metadata']

/** Valid options, with their defaults. */
export type CheckedPush = Required<Omit<PushOptions, 'path' | 'maxAttempts'>> &
  Pick<PushOptions, 'path' | 'maxAttempts'>

/**
 * Checks the options of a push, from code or over HTTP.
 *
 * @throws {TypeError} if an option is wrong; it names the option
 */
export function checkPush(options: PushOptions, kind: PushSender['kind']): CheckedPush {
  const { data = '', attributes = {}, path, payload = 'wrapped', maxAttempts, speed = 1 } = options
  if (path !== undefined && !/^\/[!-"$-~]*$/.test(path)) {
    throw new TypeError(
      'path must be a path with or without a query: write one such as "/push/orders"',
    )
  }
  if (!payloads.includes(payload)) {
    throw new TypeError(`payload is unknown: write one of ${payloads.join(', ')}`)
  }
  if (!isCount(maxAttempts)) {
    throw new TypeError(`maxAttempts must be a whole number: write one from ${inWords(attempts)}`)
  }
  if (!isWithin(speed, speeds)) {
    throw new TypeError(`speed must be a number: write one from ${inWords(speeds)}`)
  }
  return {
    data,
    attributes: attributesFor(kind, { attributes: checkTexts(attributes), payload }),
    payload,
    speed,
    ...(path !== undefined && { path }),
    ...(maxAttempts !== undefined && { maxAttempts }),
  }
}

function attributesFor(
  kind: PushSender['kind'],
  { attributes, payload }: { attributes: Record<string, string>; payload: string },
): Record<string, string> {
  if (kind === 'eventarc') return asContext(attributes)
  if (kind === 'pubsub') return payload === 'wrapped' ? attributes : asHeaders(attributes)
  const headers = Object.entries(asHeaders(attributes))
  return Object.fromEntries(headers.filter(([name]) => !internal.test(name)))
}

/** The maximum is two months of Pub/Sub's retries, at ten minutes each. */
const attempts: Limits = { min: 1, max: 10_000 }
const speeds: Limits = { min: 0.01, max: 1_000_000 }

interface Limits {
  min: number
  max: number
}

function isCount(value: number | undefined): boolean {
  return value === undefined || (Number.isInteger(value) && isWithin(value, attempts))
}

function isWithin(value: number, { min, max }: Limits): boolean {
  return typeof value === 'number' && value >= min && value <= max
}

function inWords({ min, max }: Limits): string {
  return `${min} to ${max}`
}

function checkTexts(attributes: Readonly<Record<string, string>>): Record<string, string> {
  if (typeof attributes !== 'object' || attributes === null) {
    throw new TypeError(
      'attributes must be an object of strings: write one such as { "name": "value" }',
    )
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') continue
    throw new TypeError(`attributes["${name}"] must be a string: write it in quotes`)
  }
  return { ...attributes }
}

/** The attributes of a CloudEvent, whose values can be any text. */
function asContext(attributes: Record<string, string>): Record<string, string> {
  const entries = Object.entries(attributes).map(([name, value]) => {
    validateHeaderName(`ce-${name}`)
    return [name.toLowerCase(), value] as const
  })
  return Object.fromEntries(entries)
}

function asHeaders(attributes: Record<string, string>): Record<string, string> {
  const entries = Object.entries(attributes).map(([name, value]) => {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return [name.toLowerCase(), value] as const
  })
  return Object.fromEntries(entries.filter(([name]) => !ofTheConnection.includes(name)))
}
