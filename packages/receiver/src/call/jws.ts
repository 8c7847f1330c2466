/** A token's JSON object: header or claims. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A compact JWS (RFC 7515 section 3.1), taken apart. Nothing of it is verified yet. */
export interface UnverifiedJws {
  header: JsonObject
  claims: JsonObject
  /** The signed text: the first two segments with their dot. */
  signedText: string
  /** The third segment: canonical base64url, not decoded. */
  signature: string
  /** Whether Google removed the signature; then `signature` is empty. */
  isSignatureRemoved: boolean
  /** Whether a token with this header was found valid before. */
  isHeaderKnown: boolean
}

/**
 * Google puts this in place of a signature that it removes. It always does so in
 * `X-Serverless-Authorization`, on public services too, so this text proves nothing.
 *
 * @see https://cloud.google.com/run/docs/troubleshooting#signature-removed
 */
const removedSignature = 'SIGNATURE_REMOVED_BY_GOOGLE'

/** Google's ID tokens have about 1 KB, and about 2 KB with Compute Engine's claims. */
export const maxTokenLength = 8192

/** How much a JSON text can have of what costs the parser time. */
interface JsonLimits {
  /** Objects, and lists: each of them costs as much as ten characters of a text. */
  nested: number
  /** Commas, and escapes. */
  parts: number
}

/** The limits of a token's first two segments. */
export interface TokenLimits {
  header: JsonLimits
  claims: JsonLimits
}

/** Google's headers have three members, and its claims some twenty, of which two are objects and one is a list. */
const googleLimits: TokenLimits = {
  header: { nested: 8, parts: 16 },
  claims: { nested: 32, parts: 128 },
}

/**
 * Parses a token; `undefined` if it isn't three segments of canonical base64url JSON. A third dot would
 * be in the third segment, where it isn't base64url.
 *
 * @param limits how elaborate the header and the claims can be
 */
export function parseJws(
  token: string,
  limits: TokenLimits = googleLimits,
): UnverifiedJws | undefined {
  if (token.length > maxTokenLength) return undefined
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first === -1 || second === -1) return undefined
  const headerText = token.slice(0, first)
  const known = knownHeaders.get(headerText)
  const header = known ?? jsonObject(headerText, limits.header)
  const claims = header && jsonObject(token.slice(first + 1, second), limits.claims)
  const third = token.slice(second + 1)
  const isSignatureRemoved = third === removedSignature
  const signature = isSignatureRemoved ? '' : third
  if (header === undefined || claims === undefined || !isBase64url(signature)) return undefined
  const signedText = token.slice(0, second)
  const isHeaderKnown = known !== undefined
  return { header, claims, signedText, signature, isSignatureRemoved, isHeaderKnown }
}

const maxKnownHeaders = 8
const knownHeaders = new Map<string, JsonObject>()

/**
 * Caches the header of a token whose signature is valid, by its text: Google has two or three in use at
 * a time. Only a signer with one of Google's keys can put a header here.
 */
export function rememberHeader({ header, signedText, isHeaderKnown }: UnverifiedJws): void {
  if (isHeaderKnown) return
  const text = signedText.slice(0, signedText.indexOf('.'))
  if (knownHeaders.size === maxKnownHeaders) knownHeaders.clear()
  knownHeaders.set(flattened(text), deepFreeze(header))
}

/** Whether a text is canonical base64url. */
export function isBase64url(text: string): boolean {
  return isCanonical(text, decode(text))
}

/** Segments are decoded into this buffer: a new one for each would cost more than the decoding (measured). */
const scratch = Buffer.allocUnsafeSlow(maxTokenLength)

/** Decodes base64url into `scratch`, skipping what it can't read; returns the number of bytes. */
function decode(text: string): number {
  return scratch.write(text, 'base64url')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The bits of the last letter that belong to no byte, by the number of letters after the last whole group of four. */
const strayBits = [0, 63, 15, 3] as const

/**
 * Whether a text that was decoded into `scratch` is canonical (RFC 7515 section 2). Node skips padding,
 * white space and everything else that it can't read, which gives fewer bytes; it also reads base64's
 * own letters, cuts letters of two bytes in half, and drops stray bits. So one signature would have many
 * spellings. Encoding the bytes again would check the same, for a tenth of an RSA check (measured).
 */
function isCanonical(text: string, length: number): boolean {
  const over = text.length % 4
  if (over === 1 || length !== Math.floor((text.length * 3) / 4)) return false
  if (text.includes('+') || text.includes('/')) return false
  if (Buffer.byteLength(text, 'utf8') !== text.length) return false
  return over === 0 || (alphabet.indexOf(text.at(-1) as string) & (strayBits[over] as number)) === 0
}

function jsonObject(segment: string, limits: JsonLimits): JsonObject | undefined {
  const length = decode(segment)
  if (!isCanonical(segment, length)) return undefined
  const text = utf8Text(length)
  if (text === undefined || isElaborate(text, limits)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a JSON text is more elaborate than a token needs: 3,000 lists in lists cost nine RSA checks (measured). */
function isElaborate(text: string, { nested, parts }: JsonLimits): boolean {
  return (
    occursPast(nested, '{', text) ||
    occursPast(nested, '[', text) ||
    occursPast(parts, ',', text) ||
    occursPast(parts, '\\', text)
  )
}

function occursPast(limit: number, letter: string, text: string): boolean {
  let count = 0
  let at = text.indexOf(letter)
  while (at !== -1 && count <= limit) {
    count += 1
    at = text.indexOf(letter, at + 1)
  }
  return count > limit
}

/** Longer texts are checked before they are decoded: to decode broken bytes costs sixty times as much. */
const longText = 1024

/** Decoding puts U+FFFD in place of bytes that are not UTF-8. A text can also contain that character itself, which is fine. */
function utf8Text(length: number): string | undefined {
  if (length > longText && !isUtf8(length)) return undefined
  const text = scratch.toString('utf8', 0, length)
  return text.includes('\ufffd') && !isUtf8(length) ? undefined : text
}

/** Loaded for the first such text, and kept: asking for the module costs more than the check. */
let buffer: typeof import('node:buffer') | undefined

function isUtf8(length: number): boolean {
  buffer ??= process.getBuiltinModule('node:buffer')
  return buffer.isUtf8(scratch.subarray(0, length))
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Freezes JSON deeply: all decisions on one token share its claims. */
export function deepFreeze<T extends object>(value: T): T {
  for (const name in value) {
    const inner = value[name]
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  }
  return Object.freeze(value)
}

/** A real copy of a text that is kept: V8's slice of a header line keeps the whole line in memory. */
export function flattened(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
