/** A segment before it is encoded: bytes or text as they are, anything else as JSON. */
export type Segment = object | string | Uint8Array

/** Signs the first two segments with the dot between them (RFC 7515 section 5.1). */
export type Signer = (signedText: string) => Uint8Array

/** What a compact JWS is made of. */
export interface JwsParts {
  header: Segment
  payload: Segment
  sign: Signer
}

/** Writes a compact JWS (RFC 7515 section 7.1), whatever its segments hold. */
export function compactJws({ header, payload, sign }: JwsParts): string {
  return signedJws(`${encoded(header)}.${encoded(payload)}`, sign)
}

/** Signs two segments that are encoded already, well or badly. */
export function signedJws(signedText: string, sign: Signer): string {
  return `${signedText}.${encoded(sign(signedText))}`
}

/** Base64url without padding (RFC 7515 section 2). */
export function encoded(segment: Segment): string {
  return Buffer.from(bytesOf(segment)).toString('base64url')
}

/** By shape: in jsdom a `Buffer` is no instance of the global `Uint8Array`. */
function isBytes(segment: object): segment is Uint8Array {
  return ArrayBuffer.isView(segment)
}

function bytesOf(segment: Segment): string | Uint8Array {
  if (typeof segment === 'string' || isBytes(segment)) return segment
  return JSON.stringify(segment)
}
