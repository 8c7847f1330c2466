import { constants, createHash, createHmac, type KeyObject, sign } from 'node:crypto'
import type { IdTokenOptions } from './test-issuer.ts'

/** The claims of a token: names and JSON values. A claim that is `undefined` is left out of the token. */
export type Claims = Readonly<Record<string, unknown>>

/** Google's ID tokens of service accounts live for an hour. */
const googleLifetimeSeconds = 3600

/**
 * The claims of a service account's ID token, in the alphabetical order in which Google writes them.
 *
 * @see https://cloud.google.com/docs/authentication/token-types#id
 */
export function googleClaims(options: IdTokenOptions, now: number): Claims {
  const { email, audience, subject = subjectOf(email) } = options
  const { issuedAt = new Date(now), lifetimeSeconds = googleLifetimeSeconds } = options
  const iat = Math.floor(issuedAt.getTime() / 1000)
  return {
    aud: audience,
    azp: subject,
    email,
    email_verified: true,
    exp: iat + lifetimeSeconds,
    iat,
    iss: 'https://accounts.google.com',
    sub: subject,
    ...options.claims,
  }
}

/** Derives a unique id from an email: 21 digits that begin with 1, like Google's. */
export function subjectOf(email: string): string {
  const hash = createHash('sha256').update(email).digest('hex')
  return `1${BigInt(`0x${hash}`).toString().padStart(20, '0').slice(-20)}`
}

/** A segment before it is encoded: bytes and text are encoded unchanged, anything else as JSON. */
export type Segment = object | string | Uint8Array

/** Signs the first two segments with the dot between them (RFC 7515 section 5.1). */
export type Signer = (signedText: string) => Uint8Array

export interface JwsParts {
  header: Segment
  payload: Segment
  sign: Signer
}

/** Makes a compact JWS (RFC 7515 section 7.1), whatever its segments contain. */
export function compactJws({ header, payload, sign }: JwsParts): string {
  return signedJws(`${encoded(header)}.${encoded(payload)}`, sign)
}

/** Signs two segments that are encoded already, correctly or not. */
export function signedJws(signedText: string, sign: Signer): string {
  return `${signedText}.${encoded(sign(signedText))}`
}

/** Base64url without padding (RFC 7515 section 2). */
export function encoded(segment: Segment): string {
  return Buffer.from(bytesOf(segment)).toString('base64url')
}

/** Not by `instanceof`: in jsdom a `Buffer` is not an instance of the global `Uint8Array`. */
function isBytes(segment: object): segment is Uint8Array {
  return ArrayBuffer.isView(segment)
}

function bytesOf(segment: Segment): string | Uint8Array {
  if (typeof segment === 'string' || isBytes(segment)) return segment
  return JSON.stringify(segment)
}

/** RS256, or RS384 and RS512 (RFC 7518 section 3.3). */
export function rsaSigner(key: KeyObject, bits: 256 | 384 | 512 = 256): Signer {
  return (text) => sign(`RSA-SHA${bits}`, Buffer.from(text), key)
}

/** PS256 (RFC 7518 section 3.5), with the same kind of key as RS256. */
export function pssSigner(key: KeyObject): Signer {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
  return (text) => sign('sha256', Buffer.from(text), { key, padding, saltLength })
}

/** ES256 (RFC 7518 section 3.4). */
export function ecSigner(key: KeyObject): Signer {
  return (text) => sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
}

/** EdDSA (RFC 8037 section 3.1). */
export function edSigner(key: KeyObject): Signer {
  return (text) => sign(null, Buffer.from(text), key)
}

/** HS256 (RFC 7518 section 3.2). */
export function hmacSigner(secret: string | Uint8Array): Signer {
  return (text) => createHmac('sha256', secret).update(text).digest()
}

/** The empty signature of `alg: none` (RFC 7518 section 3.6). */
export const noSigner: Signer = () => new Uint8Array()
