import { constants, createHmac, type KeyObject, sign } from 'node:crypto'
import type { Signer } from './compact-jws.ts'

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

/** An empty signature, as `alg: none` has it (RFC 7518 section 3.6). */
export const noSigner: Signer = () => new Uint8Array()
