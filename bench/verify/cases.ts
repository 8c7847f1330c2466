import * as hostile from '../tokens/hostile.ts'
import { claimsOf, type Issuer } from '../tokens/issuer.ts'

/** One kind of token, all of which should meet the same fate. */
export interface Case {
  name: string
  isAllowed: boolean
  tokens: readonly string[]
  /** The figure to reach, in floors. */
  atMost?: number
  /** Whether a token sent twice would make the figure another one. */
  isOnce?: boolean
}

/** More than a race asks for: none is ever sent a second time. */
const distinctCount = 20_000
const junkCount = 1500

/**
 * Makes the tokens of a race.
 *
 * @param race its number, so that no two races have a token in common
 */
export async function makeCases(issuer: Issuer, race: number): Promise<Case[]> {
  const first = race * distinctCount
  const valid = await many(distinctCount, (index) => issuer.sign(claimsOf(first + index)))
  const junk = async (name: string, make: hostile.HostileMaker, atMost?: number) => ({
    name,
    isAllowed: false,
    tokens: await many(junkCount, (index) => make(issuer, index)),
    ...(atMost !== undefined && { atMost }),
  })
  return [
    { name: 'seen before', isAllowed: true, tokens: valid.slice(0, 1), atMost: 0.06 },
    { name: 'distinct', isAllowed: true, tokens: valid.slice(1), atMost: 1.3, isOnce: true },
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
