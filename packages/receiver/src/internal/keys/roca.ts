/**
 * The primes whose residues give such a key away, as those who found it list them. A sound key agrees
 * with all of them once in 240 million.
 */
const primes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]

/**
 * Whether a modulus was made by the Infineon library whose keys can be factored (ROCA,
 * CVE-2017-15361): its primes, and so the modulus, are powers of 65537 modulo every small prime.
 *
 * @see https://crocs.fi.muni.cz/public/papers/rsa_ccs17
 *
 * @param n the modulus, as a JWK holds it
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
