import type { KeyObject, webcrypto } from 'node:crypto'
import type { KeySource } from '@countersign/receiver'
import type { Forgery, ForgeryTarget } from './forgery.ts'

/** What {@link createTestIssuer} takes. */
export interface TestIssuerOptions {
  /**
   * The RSA key that signs, and its name in the key set: another issuer's, an emulator's say, so
   * that forgeries can be made with its key too. A `CryptoKey` has to be extractable.
   *
   * @default a pair of 2048 bits, made now
   */
  signingKey?: { kid: string; privateKey: webcrypto.CryptoKey | KeyObject }
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  now?: () => number
}

/** Stands in for Google in tests: signs ID tokens as Google does, with a key of its own. */
export interface TestIssuer {
  /** Its public key: what `verifyCaller` and `createReceiver` take as `keys`. */
  keys: KeySource
  /** Its public key as a JWK set (RFC 7517 section 5), to be served or given to another library. */
  jwks(): { keys: PublicJwk[] }
  /**
   * Signs an ID token of a service account, with the claims that Google's have.
   *
   * @param options whose token, for whom, and what is unusual about it
   */
  idToken(options: IdTokenOptions): Promise<string>
  /**
   * The same as the headers of a call.
   *
   * @param options whose token, for whom, and what is unusual about it
   */
  headers(options: IdTokenOptions): Promise<{ authorization: string }>
  /**
   * Every forged call that fits into one request's headers, with the answer that a receiver owes
   * it. Each differs from a genuine call in one thing only.
   *
   * @example
   * ```ts
   * for (const forged of await issuer.forgeries({ email, audience })) {
   *   const response = await fetch(url, { headers: forged.headers })
   *   expect(response.status, forged.name).toBe(forged.expected.status)
   *   expect(response.headers.get('countersign-code'), forged.name).toBe(forged.expected.code)
   * }
   * ```
   *
   * @param target a caller and an audience that the receiver under test accepts
   */
  forgeries(target: ForgeryTarget): Promise<Forgery[]>
}

/** Whose token, for whom, and what is unusual about it. */
export interface IdTokenOptions {
  /** The service account's email. */
  email: string
  /** The service it is for: `aud`. */
  audience: string
  /**
   * The account's unique id: `sub` and `azp`.
   *
   * @default 21 digits that follow from the email, the same each time
   */
  subject?: string
  /**
   * When it was issued: `iat`.
   *
   * @default now
   */
  issuedAt?: Date
  /**
   * From `iat` to `exp`, in seconds.
   *
   * @default 3600
   */
  lifetimeSeconds?: number
  /** Claims to add or to replace. One that is `undefined` is taken out. */
  claims?: Readonly<Record<string, unknown>>
}

/** A public RSA key as Google's key set has them. */
export interface PublicJwk {
  kty: 'RSA'
  alg: 'RS256'
  use: 'sig'
  kid: string
  /** The modulus, in base64url. */
  n: string
  /** The exponent, in base64url. */
  e: string
}
