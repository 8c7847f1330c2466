import type { KeyObject } from 'node:crypto'

/** Imported keys by `kid`. */
export type KeySet = ReadonlyMap<string, KeyObject>

/**
 * Imports the keys of a JWK set (RFC 7517 section 5) that can check an RS256 signature. Other keys are
 * skipped, so that one broken key doesn't affect the others. A key that is also in `before` stays the
 * same object.
 *
 * @throws {Error} if it isn't a key set, or no key of it can be used
 */
export function importKeySet(jwks: unknown, before?: KeySet): KeySet {
  const keys = new Map<string, KeyObject>()
  for (const jwk of entriesOf(jwks)) {
    const key = importKey(jwk)
    if (key === undefined || keys.has(jwk.kid as string)) continue
    const kept = before?.get(jwk.kid as string)
    keys.set(jwk.kid as string, kept?.equals(key) ? kept : key)
  }
  if (keys.size === 0) throw new Error('the key set has no key that can check an RS256 signature')
  return keys
}

type Jwk = Readonly<Record<string, unknown>>

function entriesOf(jwks: unknown): Jwk[] {
  const keys = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : undefined
  if (!Array.isArray(keys)) throw new Error('the answer is not a key set')
  return keys.filter((jwk) => typeof jwk === 'object' && jwk !== null)
}

function importKey(jwk: Jwk): KeyObject | undefined {
  if (!isForRs256(jwk)) return undefined
  try {
    const { createPublicKey } = process.getBuiltinModule('node:crypto')
    const { kty, n, e } = jwk as { kty: string; n: string; e: string }
    const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' })
    return isStrong(key) && !isRocaModulus(n) ? key : undefined
  } catch {
    return undefined
  }
}

/** A key that names its purpose is used for nothing else (RFC 7517 sections 4.2 to 4.4). */
function isForRs256({ kty, kid, use, alg, key_ops: operations }: Jwk): boolean {
  return (
    kty === 'RSA' &&
    typeof kid === 'string' &&
    kid !== '' &&
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === 'RS256') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  )
}

type RsaKeyDetails = { modulusLength: number; publicExponent: bigint }

/** RFC 7518 section 3.3 requires 2048 bits; exponents other than Google's invite forgeries. */
function isStrong(key: KeyObject): boolean {
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails as RsaKeyDetails
  return modulusLength >= 2048 && publicExponent === 65537n
}

/**
 * The primes whose residues identify a ROCA key, as its discoverers list them. One sound key in 240 million
 * matches all of them.
 */
const primes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]

/**
 * Whether a modulus was made by the Infineon library whose keys can be factored (ROCA, CVE-2017-15361):
 * the primes of such a modulus, and so the modulus, are powers of 65537 modulo every small prime.
 *
 * @see https://crocs.fi.muni.cz/public/papers/rsa_ccs17
 *
 * @param n the modulus in base64url
 */
export function isRocaModulus(n: string): boolean {
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)
  return primes.every((prime) => powersOf65537(prime).has(Number(modulus % BigInt(prime))))
}

function powersOf65537(prime: number): Set<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65537) % prime) powers.add(power)
  return powers
}
