import { verify } from 'node:crypto'
import { cpuMicroseconds } from '../report/cpu-time.ts'
import { median } from '../report/statistics.ts'
import { claimsOf, type Issuer } from '../tokens/issuer.ts'

/**
 * Makes the function that measures the floor: microseconds of one bare `crypto.verify(KeyObject)` of a
 * 2048-bit RSA signature. Nobody who checks signatures can be faster.
 */
export async function floorStopwatch(issuer: Issuer): Promise<() => number> {
  const check = await bareCheck(issuer)
  return () => {
    const start = cpuMicroseconds()
    check(256)
    return (cpuMicroseconds() - start) / 256
  }
}

/** The same by the clock on the wall, as the median of short parts, of which neighbours meet a few. */
export async function wallFloorStopwatch(issuer: Issuer): Promise<() => number> {
  const check = await bareCheck(issuer)
  const measurePart = () => {
    const start = performance.now()
    check(16)
    return ((performance.now() - start) * 1000) / 16
  }
  return () => median(Array.from({ length: 16 }, measurePart))
}

async function bareCheck(issuer: Issuer): Promise<(times: number) => void> {
  const [header, claims, signature = ''] = (await issuer.sign(claimsOf(0))).split('.')
  const text = Buffer.from(`${header}.${claims}`)
  const bytes = Buffer.from(signature, 'base64url')
  return (times) => {
    let held = 0
    for (let count = 0; count < times; count += 1) {
      if (verify('RSA-SHA256', text, issuer.publicKey, bytes)) held += 1
    }
    if (held !== times) throw new Error('the floor does not hold')
  }
}
