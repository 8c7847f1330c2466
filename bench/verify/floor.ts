import { verify } from 'node:crypto'
import { cpuMicroseconds } from '../report/cpu-time.ts'
import { claimsOf, type Issuer } from '../tokens/issuer.ts'

const times = 256

/**
 * Makes the function that measures the floor: microseconds of one bare `crypto.verify(KeyObject)` of a
 * 2048-bit RSA signature. Nobody who checks signatures can be faster.
 */
export async function floorStopwatch(issuer: Issuer): Promise<() => number> {
  const [header, claims, signature = ''] = (await issuer.sign(claimsOf(0))).split('.')
  const text = Buffer.from(`${header}.${claims}`)
  const bytes = Buffer.from(signature, 'base64url')

  return function measure() {
    let held = 0
    const start = cpuMicroseconds()
    for (let count = 0; count < times; count += 1) {
      if (verify('RSA-SHA256', text, issuer.publicKey, bytes)) held += 1
    }
    const time = cpuMicroseconds() - start
    if (held !== times) throw new Error('the floor does not hold')
    return time / times
  }
}
