import { jsonObject } from '../../http/body.ts'
import type { Call } from '../../http/route.ts'

/**
 * The fields of a request for a token: of a form, as OAuth has it, or of JSON, as Google takes it too.
 * JSON's names may be in camel case: `@googleapis/sts` sends `grantType`, Google's Rust crate
 * `grant_type`.
 *
 * @param call the request
 * @returns its fields in snake case; none for JSON that is no object
 */
export async function sentForm({ headers, body }: Call): Promise<URLSearchParams> {
  const sent = await body()
  const isJson = /^application\/json *(;|$)/i.test(headers['content-type'] ?? '')
  if (!isJson) return new URLSearchParams(sent)
  const fields = Object.entries(jsonObject(sent) ?? {}).filter(isText)
  return new URLSearchParams(
    fields.map(([name, value]): [string, string] => [snakeCase(name), value]),
  )
}

function isText(field: [string, unknown]): field is [string, string] {
  return typeof field[1] === 'string'
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
