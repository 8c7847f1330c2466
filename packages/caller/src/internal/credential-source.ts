import { isObject, type Json } from '../tokens/source.ts'

/** Reads the value of a field, or says what it must be. */
type Read = (value: unknown, field: string) => unknown

/**
 * Checks where the foreign token of a federation comes from, and takes out what is known, field by
 * field. The places themselves can't be checked: a file, a URL, a program or AWS's metadata server is
 * wherever the configuration says.
 *
 * Source: https://google.aip.dev/auth/4117
 *
 * @throws {TypeError} where it is wrong, or of a kind that isn't supported
 */
export function readCredentialSource(value: unknown): Json {
  if (!isObject(value)) throw new TypeError('credential_source must be an object')
  const kind = kinds.find(([name]) => value[name] !== undefined)
  if (kind) return readFields(value, kind[1], 'credential_source')
  throw new TypeError(
    'credential_source must have a file, url, executable or environment_id: no other is supported',
  )
}

const format: Read = objectOf({ type: asText, subject_token_field_name: asText })

/** By the field that tells them apart, in the library's order. */
const kinds: readonly (readonly [string, Readonly<Record<string, Read>>])[] = [
  [
    'environment_id',
    {
      environment_id: asText,
      region_url: asText,
      url: asText,
      regional_cred_verification_url: asText,
      imdsv2_session_token_url: asText,
    },
  ],
  [
    'executable',
    { executable: objectOf({ command: asText, timeout_millis: asNumber, output_file: asText }) },
  ],
  ['file', { file: asText, format }],
  ['url', { url: asText, headers: asHeaders, format }],
]

function readFields(value: Json, fields: Readonly<Record<string, Read>>, where: string): Json {
  const known = Object.entries(fields).filter(([name]) => value[name] !== undefined)
  return Object.fromEntries(
    known.map(([name, read]) => [name, read(value[name], `${where}.${name}`)]),
  )
}

function objectOf(fields: Readonly<Record<string, Read>>): Read {
  return (value, field) => {
    if (!isObject(value)) throw new TypeError(`${field} must be an object`)
    return readFields(value, fields, field)
  }
}

function asText(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`${field} must be a string that isn't empty`)
}

function asNumber(value: unknown, field: string): number {
  if (typeof value === 'number') return value
  throw new TypeError(`${field} must be a number`)
}

function asHeaders(value: unknown, field: string): Json {
  if (!isObject(value)) throw new TypeError(`${field} must be an object`)
  return Object.fromEntries(
    Object.entries(value).map(([name, header]) => [name, asText(header, `${field}.${name}`)]),
  )
}
