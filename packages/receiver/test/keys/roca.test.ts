import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { isRocaModulus } from '../../src/keys/key-set.ts'

/** The product of the primes up to 167: ROCA's primes are powers of 65537 modulo this, and more. */
const primorial = [
  ...[2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89],
  ...[97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167],
].reduce((product, prime) => product * BigInt(prime), 1n)

function powerOf65537(exponent: number): bigint {
  let power = 1n
  for (let count = 0; count < exponent; count += 1) power = (power * 65537n) % primorial
  return power
}

const encoded = (modulus: bigint) => {
  const hex = modulus.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}

/** As the library made them: `k * primorial + 65537 ** a`. */
const weakFactor = (k: bigint, exponent: number) => k * primorial + powerOf65537(exponent)

test("a modulus of two of that library's primes is told", () => {
  const [one, other] = [weakFactor(12345n, 777), weakFactor(67890n, 4242)]
  expect(isRocaModulus(encoded(one * other))).toBe(true)
  expect(isRocaModulus(encoded(one * (other + 2n)))).toBe(false)
})

test('no other modulus is', () => {
  for (let count = 0; count < 10; count += 1) {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    expect(isRocaModulus(`${publicKey.export({ format: 'jwk' }).n}`)).toBe(false)
  }
})
