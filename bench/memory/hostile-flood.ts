import * as hostile from '../tokens/hostile.ts'
import type { Issuer } from '../tokens/issuer.ts'

/** One kind of hostile token and how many of them are sent. */
export interface Flood {
  kind: string
  count: number
  make: hostile.HostileMaker
}

/**
 * A million tokens, no two the same. Truly signed ones are few, since each costs a millisecond to
 * make; what happens to them is the same whatever their number.
 */
export const floods: readonly Flood[] = [
  { kind: 'garbage', count: 250_000, make: hostile.garbage },
  { kind: 'wrong audience, bad signature', count: 250_000, make: hostile.wrongAudienceForged },
  { kind: 'unknown kid', count: 200_000, make: hostile.unknownKid },
  { kind: 'alg none', count: 195_000, make: hostile.algorithmNone },
  { kind: 'bad signature', count: 100_000, make: hostile.forged },
  { kind: "a stranger's, truly signed", count: 3000, make: hostile.stranger },
  { kind: 'wrong audience, truly signed', count: 1000, make: hostile.wrongAudience },
  { kind: 'expired, truly signed', count: 1000, make: hostile.expired },
]

/** Sends all of them, one after the other; returns how many were let in. */
export async function flood(
  issuer: Issuer,
  decide: (token: string) => Promise<boolean>,
): Promise<number> {
  let letIn = 0
  for (const { count, make } of floods) {
    for (let index = 0; index < count; index += 1) {
      if (await decide(await make(issuer, index))) letIn += 1
    }
  }
  return letIn
}
