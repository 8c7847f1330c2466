import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { SigningKey } from '../credentials.ts'

/** Google's ID tokens of service accounts live an hour. */
export const lifetimeSeconds: number = 3600

/** How long a new key is published before it signs. */
const announcedMs = 60_000

/** Google's keys: the one that signs, and those in the key set. */
export interface KeyRing {
  /** The key that signs now. */
  signing(): IssuerKey
  /** The key set, oldest first. */
  published(): readonly IssuerKey[]
  /** Publishes a new key that signs from a minute later. Returns a function that undoes it. */
  rotate(): Promise<() => void>
  /**
   * Adds a new key that signs at once and is the only one in the key set. Returns a function that
   * undoes it.
   */
  drop(): Promise<() => void>
}

/** A key that came after the first one. */
interface Change {
  key: IssuerKey
  signsFrom: number
  /** Whether it hides all keys before it. */
  isDrop: boolean
  undoneAt?: number
}

/**
 * Creates a key ring with one new key.
 *
 * @param now milliseconds since the epoch
 */
export async function createKeyRing(now: () => number): Promise<KeyRing> {
  const first = await generateSigningKey()
  let changes: readonly Change[] = []
  async function add(isDrop: boolean): Promise<() => void> {
    const key = await generateSigningKey()
    const change: Change = { key, isDrop, signsFrom: isDrop ? now() : now() + announcedMs }
    // Drills over days make many keys; those that are no longer published are not needed.
    changes = [...changes.filter((one) => isPublished(one, now())), change]
    return () => {
      change.undoneAt = now()
    }
  }
  return {
    signing: () => changes.findLast((change) => doesSign(change, now()))?.key ?? first,
    published: () => {
      const lastDrop = changes.findLastIndex(({ isDrop, undoneAt }) => isDrop && !undoneAt)
      const later = changes.slice(Math.max(lastDrop, 0)).filter((one) => isPublished(one, now()))
      const keys = later.map(({ key }) => key)
      return lastDrop < 0 ? [first, ...keys] : keys
    },
    rotate: () => add(false),
    drop: () => add(true),
  }
}

function doesSign({ signsFrom, undoneAt }: Change, now: number): boolean {
  return undoneAt === undefined && signsFrom <= now
}

/** After it is undone, a key stays published until the last token that it signed has expired. */
function isPublished({ undoneAt }: Change, now: number): boolean {
  return undoneAt === undefined || undoneAt + lifetimeSeconds * 1000 > now
}

/** The key pair behind every ID token. */
export interface IssuerKey extends SigningKey {
  publicKey: CryptoKey
  /** The public half as it stands in the key set. */
  jwk: JWK
}

/**
 * Makes a key pair like the one with which Google signs ID tokens: RS256, 2048 bits.
 *
 * Its `kid` begins with `emulator-`: receivers that trust an emulator accept only such keys.
 */
export async function generateSigningKey(): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const { n, e, kty } = await exportJWK(publicKey)
  const jwk = { n, e, kty } as JWK
  const kid = `emulator-${await calculateJwkThumbprint(jwk)}`
  return { kid, privateKey, publicKey, jwk: { ...jwk, alg: 'RS256', use: 'sig', kid } }
}

const dayMs = 24 * 60 * 60 * 1000

/** Google's certificates are valid for about two weeks; an emulator on a laptop can run longer. */
const lifetimeMs = 365 * dayMs

/** A key pair that a certificate is made for. */
type CertifiedPair = Pick<IssuerKey, 'privateKey' | 'publicKey'>

/**
 * A key's certificate as Google publishes it: self-signed, sha256WithRSAEncryption.
 *
 * The library is loaded with the first request for a certificate: loading takes a tenth of a
 * second, most clients read the JWK set, and it needs `reflect-metadata`, which changes a global.
 *
 * @param name whose key it is
 * @param now milliseconds since the epoch; the certificate is valid from a day earlier, to allow
 *   for wrong clocks
 * @returns PEM
 */
export async function selfSignedCertificate(
  keys: CertifiedPair,
  name: string,
  now: number,
): Promise<string> {
  await import('reflect-metadata')
  const { X509CertificateGenerator } = await import('@peculiar/x509')
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lifetimeMs),
  })
  return `${certificate.toString('pem')}\n`
}
