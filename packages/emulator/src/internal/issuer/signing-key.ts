import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { SigningKey } from '../../emulator-credentials.ts'

/** The key pair behind every ID token. */
export interface IssuerKey extends SigningKey {
  readonly publicKey: CryptoKey
  /** The public half as it stands in the key set. */
  readonly jwk: JWK
}

/**
 * Makes a key pair such as Google signs ID tokens with: RS256, 2048 bits.
 *
 * Its `kid` begins with `emulator-`: receivers that trust an emulator heed no other.
 */
export async function generateSigningKey(): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const { n, e, kty } = await exportJWK(publicKey)
  const jwk = { n, e, kty } as JWK
  const kid = `emulator-${await calculateJwkThumbprint(jwk)}`
  return { kid, privateKey, publicKey, jwk: { ...jwk, alg: 'RS256', use: 'sig', kid } }
}
