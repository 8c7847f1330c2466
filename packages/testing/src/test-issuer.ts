import type { KeyObject, webcrypto } from 'node:crypto'
import type { KeySource } from '@countersign/receiver'
import type { Forgery, ForgeryTarget } from './forgery.ts'

/** The options of {@link createTestIssuer}. */
export interface TestIssuerOptions {
  /**
   * The RSA key that signs, and its name in the key set. Pass the key of another issuer, such as an
   * emulator, to make forgeries with it. A `CryptoKey` has to be extractable.
   *
   * @default a new pair of 2048 bits
   */
  signingKey?: { kid: string; privateKey: webcrypto.CryptoKey | KeyObject }
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  now?: () => number
}

/** Replaces Google in tests: signs ID tokens like Google's, with its own key. */
export interface TestIssuer {
  /** Its public key, for the option `keys` of `verifyCaller` and `createReceiver`. */
  keys: KeySource
  /** Its public key as a JWK set (RFC 7517 section 5), to serve it or to pass it to another library. */
  jwks(): { keys: PublicJwk[] }
  /**
   * Signs an ID token of a service account, with the claims of Google's tokens.
   *
   * @param options the account, the audience, and changes of the claims
   */
  idToken(options: IdTokenOptions): Promise<string>
  /**
   * Signs an ID token and returns it as the headers of a call.
   *
   * @param options the account, the audience, and changes of the claims
   */
  headers(options: IdTokenOptions): Promise<{ authorization: string }>
  /**
   * Returns every forged call that fits into one request's headers, with the answer that a receiver has to
   * give. Each differs from a genuine call in one thing only.
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

/** The account and the audience of a token, and changes of its claims. */
export interface IdTokenOptions {
  /** The service account's email. */
  email: string
  /** The service that the token is for: `aud`. */
  audience: string
  /**
   * The account's unique id: `sub` and `azp`.
   *
   * @default 21 digits derived from the email
   */
  subject?: string
  /**
   * The time at which it was issued: `iat`.
   *
   * @default now
   */
  issuedAt?: Date
  /**
   * The time from `iat` to `exp`, in seconds.
   *
   * @default 3600
   */
  lifetimeSeconds?: number
  /** Claims to add or to replace. A claim that is `undefined` is left out. */
  claims?: Readonly<Record<string, unknown>>
}

/** A public RSA key, in the form of Google's key set. */
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
