import { type CallHeaders, isWebHeaders } from '../rules/operation.ts'
import {
  isBase64url,
  maxTokenLength,
  parseJws,
  type TokenLimits,
  type UnverifiedJws,
} from './jws.ts'

/** The bearer token of a call, or why the call has not exactly one. */
type BearerToken = { token: string } | { refused: 'token_missing' | 'token_ambiguous' }

/**
 * The one bearer token in the header `name` (RFC 6750 section 2.1). The scheme's case doesn't count
 * (RFC 7235 section 2.1). Queries, bodies and cookies are not looked at (RFC 6750 section 5.3 and
 * RFC 9700 section 2.3.1 say why).
 */
export function bearerToken(call: CallHeaders, name: string): BearerToken {
  const values = headerValues(call, name)
  if (values.length > 1) return { refused: 'token_ambiguous' }
  const value = values[0]
  if (value === undefined) return { refused: 'token_missing' }
  const isBearer = hasBearerScheme(value)
  // No token is so long: it is refused before it costs anything.
  if (value.length > maxValueLength)
    return isBearer ? { token: value } : { refused: 'token_missing' }
  // fetch's Headers join two values with a comma, which no token holds.
  if (value.includes(',') && holdsBearer(value)) return { refused: 'token_ambiguous' }
  if (!isBearer) return { refused: 'token_missing' }
  const token = withoutSpaces(value.slice(7))
  return token === '' ? { refused: 'token_missing' } : { token }
}

/** The longest token, its scheme and some spaces. */
const maxValueLength = maxTokenLength + 64

/** RFC 6750 section 2.1 allows spaces here; `trim()` would also remove what HTTP calls obs-text. */
function withoutSpaces(text: string): string {
  return text.startsWith(' ') ? text.replace(/^ +/, '') : text
}

function hasBearerScheme(value: string): boolean {
  if (value.length <= 7) return false
  return value.startsWith('Bearer ') || value.slice(0, 7).toLowerCase() === 'bearer '
}

/** No genuine header names the scheme more often. */
const maxSchemes = 8

/** Looks at each of the values that commas separate. The parameters of other schemes have commas, too. */
function holdsBearer(value: string): boolean {
  const text = value.toLowerCase()
  let at = text.indexOf('bearer ')
  for (let seen = 0; at !== -1; seen += 1) {
    const next = text[at + 7]
    if (seen === maxSchemes) return true
    if (next !== undefined && next !== ',' && isFirstInPart(text, at)) return true
    at = text.indexOf('bearer ', at + 7)
  }
  return false
}

/** `trimEnd` takes off all blanks at once: 8 KB of them, looked at one by one, cost several RSA checks. */
function isFirstInPart(text: string, at: number): boolean {
  const before = text.slice(0, at).trimEnd()
  return before === '' || before.endsWith(',')
}

const none: readonly string[] = []

function headerValues({ headers, rawHeaders }: CallHeaders, name: string): readonly string[] {
  const value = isWebHeaders(headers) ? headers.get(name) : headers[name]
  if (value === undefined || value === null) return none
  if (rawHeaders !== undefined && occursTwice(rawHeaders, name)) return [name, name]
  return Array.isArray(value) ? value : [value as string]
}

/** Header names of one length. Genuine calls have a few; to compare 900 of them costs most of an RSA check. */
const maxNamesOfOneLength = 64

/** Whether a header was sent twice. Too many names of its length count as twice, without a comparison. */
function occursTwice(rawHeaders: readonly string[], name: string): boolean {
  let ofThatLength = 0
  let seen = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index] as string
    if (raw.length !== name.length) continue
    if (ofThatLength === maxNamesOfOneLength) return true
    ofThatLength += 1
    if (raw.toLowerCase() === name) seen += 1
  }
  return seen > 1
}

/** An end user's token can list hundreds of roles, or of clients with their roles. */
const otherLimits: TokenLimits = {
  header: { nested: 32, parts: Number.POSITIVE_INFINITY },
  claims: { nested: 256, parts: Number.POSITIVE_INFINITY },
}

/**
 * Whether a bearer token doesn't claim to be issued by Google, such as an end user's: a JWT that names
 * another issuer, or a text that is not an ID token in any form. A text of three segments that can't be
 * parsed counts as Google's, since it can be a damaged ID token, and so does a text over the limit.
 */
export function isOtherToken(token: string): boolean {
  if (token.length > maxTokenLength) return false
  const jws = parseJws(token, otherLimits)
  if (jws === undefined) return token.split('.', 4).length !== 3 && !mayBeFromGoogle(token)
  return namesIssuer(jws) ? !namesGoogleAsIssuer(jws) : !mayBeFromGoogle(token)
}

/**
 * Whether a header without a bearer token holds one of Google's all the same: without its scheme, behind
 * another one, or behind a tab.
 */
export function hidesGoogleToken(call: CallHeaders, name: string): boolean {
  return headerValues(call, name).some((value) => {
    const text = value.slice(0, maxValueLength)
    const behindScheme = text.indexOf(' ') + 1
    return mayBeFromGoogle(text) || (behindScheme > 0 && mayBeFromGoogle(text.slice(behindScheme)))
  })
}

/** Whether a token names its issuer in plain text. */
function namesIssuer({ header, claims }: UnverifiedJws): boolean {
  return typeof claims.iss === 'string' && ['string', 'undefined'].includes(typeof header.iss)
}

/**
 * Searches the text of the segments, too: if a name occurs twice, our JSON parser keeps the last value,
 * and others keep the first. A header can name the issuer, too (RFC 7519 section 5.3).
 */
function namesGoogleAsIssuer({ header, claims, signedText }: UnverifiedJws): boolean {
  if ([header.iss, claims.iss].some((issuer) => isSpeltAsGoogle(String(issuer)))) return true
  return signedText.split('.').some((segment) => {
    const text = decoded(segment)
    if (hidesLetters(text)) return true
    return mentionsGoogle(text) && (googleAsIssuer.test(text) || severalIssuers.test(text))
  })
}

/** The host stands at an issuer's beginning. Many accents on one letter cost time to normalize. */
const longestHost = 100

/**
 * Whether a parser of URLs reads Google's host: it decodes percent-encoding, takes other forms of a letter or
 * a dot, and leaves out invisible characters (https://url.spec.whatwg.org/#host-parsing).
 */
function isSpeltAsGoogle(issuer: string): boolean {
  if (mentionsGoogle(issuer)) return true
  const text = unescape(issuer.slice(0, longestHost)).normalize('NFKC').replaceAll('\u3002', '.')
  return mentionsGoogle(text.replace(/[\p{Cc}\p{Cf}]/gu, ''))
}

/** Matches up to the next name only: `{` and `,` end a value that is a text. */
const googleAsIssuer = /"iss"\s*:[^,{}]*accounts\.google\.com/i

/** The first value can be a list or an object, which the pattern above doesn't match. */
const severalIssuers = /"iss"\s*:[\s\S]*"iss"\s*:/

/** JSON can write any letter, and the dot, as a number. A sender who does that to plain letters hides something. */
function hidesLetters(text: string): boolean {
  return text.includes('\\u00') && /\\u00(?:[4-7]|2e)/i.test(text)
}

/** The number of pieces of base64 that are decoded; an encrypted token has five. */
const maxPieces = 16

/** The number of layers of base64 that are decoded; a token in a token in JSON in base64 has four. */
const maxLayers = 5

/** The letters of base64 that hold the 19 bytes of Google's issuer. */
const shortestPiece = 26

/**
 * Runs of base64, with blanks in between, which its readers skip. A run is only looked for at its
 * beginning: else each letter of a short one would be tried.
 */
const base64Runs = /[\w+/-](?<![\w+/-]{2})[\w+/\s-]{25,}/g

/**
 * Whether a text, or base64 anywhere in it, in any of its layers, mentions Google's issuer: with five
 * segments or two, dots at the end, in JSON serialization, with padding, as a token in a token. A text
 * with more pieces or layers than those counts as Google's.
 */
function mayBeFromGoogle(text: string, layer = 1): boolean {
  if (mentionsGoogle(text) || hidesLetters(text)) return true
  const pieces = piecesOf(text)
  if (pieces.length > maxPieces || (pieces.length > 0 && layer === maxLayers)) return true
  if (pieces.some((piece) => mayBeFromGoogle(decoded(piece), layer + 1))) return true
  return layer === 1 && isOddlyDotted(text) && mayBeFromGoogle(asNodeReads(text), 2)
}

/** Whether segments hold characters that aren't base64. */
function isOddlyDotted(text: string): boolean {
  return /\.|%2e/i.test(text) && /[^\w+/.\s-]/.test(text)
}

/** Node's decoder skips what isn't base64. An encoded dot is a dot after decoding. */
function asNodeReads(text: string): string {
  return text.replace(/%2e/gi, '.').replace(/[^\w+/.-]+/g, '')
}

/** The pieces of base64 in a text. Dotted segments are recognised as a whole, a tenth of the time of a search. */
function piecesOf(text: string): readonly string[] {
  const segments = text.split('.', maxPieces + 1)
  const isDotted = segments.length <= maxPieces && segments.every((one) => isBase64url(one))
  if (!isDotted) return text.match(base64Runs) ?? []
  return segments.filter(({ length }) => length >= shortestPiece)
}

function mentionsGoogle(text: string): boolean {
  return text.toLowerCase().includes('accounts.google.com')
}

/** Node reads the alphabets of both base64 and base64url. */
function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1')
}
