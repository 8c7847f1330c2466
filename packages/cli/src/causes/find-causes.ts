import { audienceCauses } from './audience-causes.ts'
import type { Cause, Certainty, Evidence, KnownCause } from './evidence.ts'
import { grantCauses } from './grant-causes.ts'
import { identityCauses } from './identity-causes.ts'
import { networkCauses } from './network-causes.ts'
import { receiverCauses } from './receiver-causes.ts'
import { tokenCauses } from './token-causes.ts'

/** Every known cause, in the order in which they are named if they are as likely. */
export const knownCauses: readonly KnownCause[] = [
  ...identityCauses,
  ...tokenCauses,
  ...audienceCauses,
  ...networkCauses,
  ...grantCauses,
  ...receiverCauses,
]

const ranks: Readonly<Record<Certainty, number>> = { certain: 0, likely: 1, possible: 2 }

/**
 * Finds the causes that the evidence shows, the likeliest first. A cause that is only possible is left out
 * if another one is certain.
 */
export function findCauses(evidence: Evidence): readonly Cause[] {
  const found = knownCauses.flatMap((cause) => {
    const certainty = cause.certainty(evidence)
    return certainty === undefined ? [] : [causeOf(cause, { certainty, evidence })]
  })
  const isClear = found.some(({ certainty }) => certainty === 'certain')
  return found
    .filter(({ certainty }) => !isClear || certainty !== 'possible')
    .toSorted((one, other) => ranks[one.certainty] - ranks[other.certainty])
}

function causeOf(
  { code, refusedBy, sentence, fix }: KnownCause,
  { certainty, evidence }: { certainty: Certainty; evidence: Evidence },
): Cause {
  return { code, certainty, refusedBy, sentence: sentence(evidence), fix: fix(evidence) }
}
