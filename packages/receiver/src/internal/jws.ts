import { isUtf8 } from 'node:buffer'
import { deepFreeze } from './deep-freeze.ts'
import { flattened } from './flattened.ts'

/** A token's JSON object: header or claims. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A compact JWS (RFC 7515 section 3.1), taken apart. Nothing of it is verified yet. */
export interface UnverifiedJws {
  header: JsonObject
  claims: JsonObject
  /** What was signed: the first two segments with their dot. */
  signedText: string
  signature: Buffer
  /** Whether Google took the signature away; it is empty then. */
  isSignatureRemoved: boolean
}

/**
 * What Google puts in place of a signature that it took away: always from
 * `X-Serverless-Authorization`, on public services too, so that it proves nothing.
 *
 * @see https://cloud.google.com/run/docs/troubleshooting#signature-removed
 */
const removedSignature = 'SIGNATURE_REMOVED_BY_GOOGLE'

/** Google's ID tokens have about 1 KB, with Compute Engine's claims about 2. */
export const maxTokenLength = 8192

/** Takes a token apart (a third dot is no base64url); `undefined` where it isn't three segments of canonical base64url JSON. */
export function parseJws(token: string): UnverifiedJws | undefined {
  if (token.length > maxTokenLength) return undefined
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first === -1 || second === -1) return undefined
  const header = headerOf(token.slice(0, first))
  const claims = header && jsonObject(token.slice(first + 1, second))
  const third = token.slice(second + 1)
  const isSignatureRemoved = third === removedSignature
  const signature = decodeBase64url(isSignatureRemoved ? '' : third)
  if (header === undefined || claims === undefined || signature === undefined) return undefined
  return { header, claims, signedText: token.slice(0, second), signature, isSignatureRemoved }
}

const maxKnownHeaders = 8
const knownHeaders = new Map<string, JsonObject>()

/**
 * Keeps the header of a token whose signature held, by its text: Google has two or three alive at a
 * time. Whoever can't sign can't put one here.
 */
export function rememberHeader({ header, signedText }: UnverifiedJws): void {
  const text = signedText.slice(0, signedText.indexOf('.'))
  if (knownHeaders.has(text)) return
  if (knownHeaders.size === maxKnownHeaders) knownHeaders.clear()
  knownHeaders.set(flattened(text), deepFreeze(header))
}

function headerOf(segment: string): JsonObject | undefined {
  return knownHeaders.get(segment) ?? jsonObject(segment)
}

/**
 * Decodes base64url, but only in its one canonical form (RFC 7515 section 2): `Buffer` also takes
 * padding, white space and stray bits, and then one signature has many spellings.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

function jsonObject(segment: string): JsonObject | undefined {
  const bytes = decodeBase64url(segment)
  if (bytes === undefined || !isUtf8(bytes)) return undefined
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
