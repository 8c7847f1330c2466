import { maxTokenLength, parseJws, type UnverifiedJws } from './jws.ts'

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
