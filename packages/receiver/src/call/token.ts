import type { IncomingHttpHeaders } from 'node:http'
import { maxTokenLength, parseJws, type UnverifiedJws } from './jws.ts'

/** The headers of a call: a Node request's, or a web `Request`'s. */
export interface CallHeaders {
  headers: Headers | IncomingHttpHeaders
  /** Names and values in turn, as they came. Node's `headers` drops a second `Authorization`. */
  rawHeaders?: readonly string[]
}

/** A bearer token that a call carries, or why it carries none that can be told. */
export type BearerToken = { token: string } | { refused: 'token_missing' | 'token_ambiguous' }

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
  // No token is so long: refused as it is, before it costs anything.
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

/** RFC 6750 section 2.1 has spaces there; `trim()` would take what HTTP calls obs-text off too. */
function withoutSpaces(text: string): string {
  return text.startsWith(' ') ? text.replace(/^ +/, '') : text
}

function hasBearerScheme(value: string): boolean {
  if (value.length <= 7) return false
  return value.startsWith('Bearer ') || value.slice(0, 7).toLowerCase() === 'bearer '
}

/** More often than any header names the scheme. */
const maxSchemes = 8

/** In any of the values that a comma separates; the parameters of other schemes have commas too. */
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

/** By what the engine trims at once: 8 KB of blanks, looked at one by one, cost several RSA checks. */
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

/** Whether headers are a web `Request`'s. */
export function isWebHeaders(headers: Headers | IncomingHttpHeaders): headers is Headers {
  return typeof headers.get === 'function'
}

/** Of one length; honest calls have a few. 900 of them cost most of an RSA check to tell apart. */
const maxNames = 64

/** Whether a header was sent twice; so many of one length are taken for that, unread. */
function occursTwice(rawHeaders: readonly string[], name: string): boolean {
  let ofThatLength = 0
  let seen = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index] as string
    if (raw.length !== name.length) continue
    if (ofThatLength === maxNames) return true
    ofThatLength += 1
    if (raw.toLowerCase() === name) seen += 1
  }
  return seen > 1
}

/**
 * Whether a bearer token doesn't even claim to be Google's: an end user's. Such are JWTs that name
 * another issuer, and texts that are no ID token in any form. A text of three segments that can't be
 * read may be a spoilt one of Google's, and one over the limit is not looked at.
 */
export function isOtherToken(token: string): boolean {
  if (token.length > maxTokenLength) return false
  // An end user may have hundreds of roles.
  const jws = parseJws(token, Number.POSITIVE_INFINITY)
  if (jws === undefined) return token.split('.', 4).length !== 3 && !mayBeGoogles(token)
  return isNamed(jws) ? !namesGoogle(jws) : !mayBeGoogles(token)
}

/** Whether it says in plain words who issued it. */
function isNamed({ header, claims }: UnverifiedJws): boolean {
  return typeof claims.iss === 'string' && ['string', 'undefined'].includes(typeof header.iss)
}

/**
 * By the text too, since of a name that is there twice JSON keeps the last, and other readers the
 * first. A header may name the issuer, too (RFC 7519 section 5.3).
 */
function namesGoogle({ header, claims, signedText }: UnverifiedJws): boolean {
  if ([header.iss, claims.iss].some((issuer) => speaksOfGoogle(String(issuer)))) return true
  return signedText.split('.').some((segment) => {
    const text = decoded(segment)
    return letterAsNumber.test(text) || googleAsIssuer.test(text)
  })
}

/** Up to the next name: `{` and `,` end a value that is a text. */
const googleAsIssuer = /"iss"\s*:[^,{}]*accounts\.google\.com/i

/** JSON may write any letter, and the dot, as a number; who writes plain ones so hides something. */
const letterAsNumber = /\\u00(?:[4-7]|2e)/i

/** As many pieces of base64 as are looked at: an encrypted token has five. */
const maxPieces = 16

/**
 * Whether a text, or base64 anywhere in it, in any number of layers, speaks of Google's issuer: five
 * segments or two, dots at the end, JSON serialization, padding, a token in a token. Each layer has
 * three quarters of the letters of the one around it, so that all of them cost four times the first.
 */
function mayBeGoogles(text: string): boolean {
  if (speaksOfGoogle(text) || letterAsNumber.test(text)) return true
  const pieces = text.replaceAll(/\s+/g, '').match(/[\w+/-]{26,}/g) ?? [] // 26 letters hold its 19 bytes
  return pieces.length > maxPieces || pieces.some((piece) => mayBeGoogles(decoded(piece)))
}

function speaksOfGoogle(text: string): boolean {
  return text.toLowerCase().includes('accounts.google.com')
}

/** Node reads both alphabets. */
function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1')
}
