import * as hostile from '../tokens/hostile.ts'
import { claimsOf, type Issuer } from '../tokens/issuer.ts'

/** One kind of token, all of which should meet the same fate. */
export interface Case {
  name: string
  isAllowed: boolean
  tokens: readonly string[]
  /** The figure to reach, in floors. */
  atMost?: number
}

/** More than any cache in the field holds, so that going round never finds one of them there. */
const distinctCount = 2500
const junkCount = 1500

/** Makes the tokens of a run. */
export async function makeCases(issuer: Issuer): Promise<Case[]> {
  const valid = await many(distinctCount, (index) => issuer.sign(claimsOf(index)))
  const junk = async (name: string, make: hostile.HostileMaker, atMost?: number) => ({
    name,
    isAllowed: false,
    tokens: await many(junkCount, (index) => make(issuer, index)),
    ...(atMost !== undefined && { atMost }),
  })
  return [
    { name: 'seen before', isAllowed: true, tokens: valid.slice(0, 1), atMost: 0.06 },
    { name: 'distinct', isAllowed: true, tokens: valid.slice(1), atMost: 1.3 },
    await junk('garbage', hostile.garbage, 0.4),
    await junk('wrong aud', hostile.wrongAudience, 0.4),
    await junk('unknown kid', hostile.unknownKid, 0.4),
    await junk('expired', hostile.expired, 0.4),
    await junk('bad signature', hostile.forged),
  ]
}

async function many(
  count: number,
  make: (index: number) => Promise<string> | string,
): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)))
}
