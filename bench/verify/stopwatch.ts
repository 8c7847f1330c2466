import { cpuMicroseconds } from '../report/cpu-time.ts'
import type { Incoming } from '../tokens/incoming-call.ts'
import type { Case } from './cases.ts'
import type { Contender } from './contender.ts'

/** How a contender is asked. */
export interface Asking {
  contender: Contender
  kind: Case
  inFlight: number
}

const callsAtOnce = 64
const leastMicroseconds = 10_000

/**
 * Makes the function that measures microseconds per decision. It goes round the case's tokens, and
 * remembers where it was. The calls are made outside of the measured time.
 */
export function stopwatch({ contender, kind, inFlight }: Asking): () => Promise<number> {
  const nextCalls = callMaker(kind)

  return async function measure() {
    let time = 0
    let decisions = 0
    while (time < leastMicroseconds) {
      const calls = nextCalls(callsAtOnce)
      const start = cpuMicroseconds()
      const allowed = await decideAll(contender, calls, inFlight)
      time += cpuMicroseconds() - start
      decisions += calls.length
      assertDecisions(allowed, calls.length, { contender, kind })
    }
    return time / decisions
  }
}

/** Makes the function that makes so many more calls of a kind; it goes round, and remembers where it was. */
export function callMaker(kind: Case): (count: number) => Incoming[] {
  let next = 0
  return (count) =>
    Array.from({ length: count }, () => {
      next = (next + 1) % kind.count
      if (next === 0 && kind.isOnce) throw new Error(`too few tokens (${kind.name})`)
      return kind.call(next)
    })
}

/** How many of the calls were allowed. */
export async function decideAll(
  contender: Contender,
  calls: readonly Incoming[],
  inFlight: number,
): Promise<number> {
  let allowed = 0
  if (inFlight === 1) {
    for (const call of calls) if (await contender.decide(call)) allowed += 1
    return allowed
  }
  for (let start = 0; start < calls.length; start += inFlight) {
    const some = calls.slice(start, start + inFlight)
    const decisions = await Promise.all(some.map((call) => contender.decide(call)))
    for (const isAllowed of decisions) if (isAllowed) allowed += 1
  }
  return allowed
}

/** Whoever decides wrongly is not quick, but broken. */
export function assertDecisions(
  allowed: number,
  calls: number,
  { contender, kind }: Pick<Asking, 'contender' | 'kind'>,
): void {
  if (allowed === (kind.isAllowed ? calls : 0)) return
  throw new Error(`${contender.name} allowed ${allowed} of ${calls} (${kind.name})`)
}
