import { jsonObject } from '../../../http/body.ts'

/** A request to AWS that somebody has signed, and hasn't sent. */
export interface SignedRequest {
  readonly url: string
  readonly method: string
  /** By name, in lower case. */
  readonly headers: ReadonlyMap<string, string>
}

/**
 * The signed request that stands in the place of a subject token: percent-encoded JSON.
 *
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 *
 * @param subjectToken as it came out of the form
 * @returns undefined for what is none
 */
export function readSignedRequest(subjectToken: string): SignedRequest | undefined {
  const { url, method, headers: list, body } = jsonObject(decoded(subjectToken)) ?? {}
  const headers = headersIn(list)
  const isText = typeof url === 'string' && typeof method === 'string'
  // Google sends none on; a signature over one could not hold.
  return isText && headers && !body ? { url, method, headers } : undefined
}

/** The clients for Go and Java write a space as forms do. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return ''
  }
}

/** None twice: one might be looked at, and another be signed. */
function headersIn(list: unknown): ReadonlyMap<string, string> | undefined {
  if (!Array.isArray(list) || !list.every(isHeader)) return undefined
  const headers = new Map(list.map(({ key, value }) => [key.toLowerCase(), value]))
  return headers.size === list.length ? headers : undefined
}

function isHeader(value: unknown): value is { key: string; value: string } {
  if (typeof value !== 'object' || value === null) return false
  const { key, value: content } = value as Readonly<Record<string, unknown>>
  return typeof key === 'string' && typeof content === 'string'
}
