import * as hostile from '../tokens/hostile.ts'
import { type Incoming, incomingCall } from '../tokens/incoming-call.ts'
import { claimsOf, type Issuer } from '../tokens/issuer.ts'

/** One kind of call, all of which should meet the same fate. */
export interface Case {
  name: string
  isAllowed: boolean
  /** How many calls there are. */
  count: number
  /** Makes a call anew: its strings are nobody else's. */
  call(index: number): Incoming
  /** The figure to reach, in floors. */
  atMost?: number
  /** Whether a token sent twice would make the figure another one. */
  isOnce?: boolean
}

/** More than a race asks for: none is ever sent a second time. */
export const distinctCount = 20_000
const junkCount = 1500

/**
 * Makes the tokens of a race.
 *
 * @param first the number of the first, so that no two races have a token in common
 */
export async function makeCases(
  issuer: Issuer,
  { first, distinctCount }: { first: number; distinctCount: number },
): Promise<Case[]> {
  const valid = await many(distinctCount, (index) => issuer.sign(claimsOf(first + index)))
  const junk = async (name: string, make: hostile.HostileMaker, atMost?: number) => ({
    name,
    isAllowed: false,
    ...callsOf(await many(junkCount, (index) => make(issuer, index))),
    ...(atMost !== undefined && { atMost }),
  })
  return [
    { name: 'seen before', isAllowed: true, ...callsOf(valid.slice(0, 1)), atMost: 0.06 },
    { name: 'distinct', isAllowed: true, ...callsOf(valid.slice(1)), atMost: 1.3, isOnce: true },
    await junk('garbage', hostile.garbage, 0.4),
    await junk('wrong aud', hostile.wrongAudience, 0.4),
    await junk('unknown kid', hostile.unknownKid, 0.4),
    await junk('expired', hostile.expired, 0.4),
    await junk('bad signature', hostile.forged),
  ]
}

function callsOf(tokens: readonly string[]): Pick<Case, 'count' | 'call'> {
  return { count: tokens.length, call: (index) => incomingCall(tokens[index] as string) }
}

async function many(
  count: number,
  make: (index: number) => Promise<string> | string,
): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)))
}
