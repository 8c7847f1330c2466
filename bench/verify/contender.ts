import type { Incoming } from '../tokens/incoming-call.ts'

/** One way to decide about a call, set up as its documentation says: issuer, audience, RS256. */
export interface Contender {
  name: string
  /** Headers in, decision out. */
  decide(call: Incoming): Promise<boolean> | boolean
  /** How often it asked its key endpoint; left out where it has none of its own. */
  keyFetches?(): number
}

/** Whether a promise was kept: for those who refuse by throwing. */
export function holds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(yes, no)
}

const yes = () => true
const no = () => false
