import type { KeyObject } from 'node:crypto'
import { type JsonObject, maxTokenLength, type UnverifiedJws } from './jws.ts'

/**
 * Whether a header asks for RS256 (RFC 7518 section 3.3) and for nothing else. `crit`, `b64` and
 * `zip` change what the signature covers; a verifier that doesn't implement them has to refuse
 * (RFC 7515 section 4.1.11).
 */
export function asksForRs256(header: JsonObject): boolean {
  return (
    header.alg === 'RS256' &&
    header.crit === undefined &&
    header.b64 === undefined &&
    header.zip === undefined
  )
}

const maxKidLength = 128

/** The key id of a header, where it is one that a key set could have. */
export function kidOf(header: JsonObject): string | undefined {
  const { kid } = header
  return typeof kid === 'string' && kid !== '' && kid.length <= maxKidLength ? kid : undefined
}

/** Where text and signature are put for the check: buffers of their own would be garbage a moment later. */
const signedBytes = Buffer.allocUnsafeSlow(maxTokenLength)
const signatureBytes = Buffer.allocUnsafeSlow(maxTokenLength)

/** Loaded when a signature is looked at, and not asked for again: asking costs up to 3 microseconds. */
let crypto: typeof import('node:crypto') | undefined

/**
 * Whether the signature holds. `node:crypto` at once, not WebCrypto: a third of the time (37 against
 * 120 microseconds), and no promise. Not `createVerify` either: a stream for each token is what the
 * garbage collector then has to end.
 */
export function holds({ signedText, signature }: UnverifiedJws, key: KeyObject): boolean {
  const text = signedBytes.subarray(0, signedBytes.write(signedText, 'latin1'))
  const bytes = signatureBytes.subarray(0, signatureBytes.write(signature, 'base64url'))
  crypto ??= process.getBuiltinModule('node:crypto')
  return crypto.verify('sha256', text, key, bytes)
}
