import { setTimeout as wait } from 'node:timers/promises'
import { underFault } from '../../google/current-fault.ts'
import type { Reply } from '../../http/route.ts'
import type { Drills, Place } from './drills.ts'
import { faultReply } from './fault-reply.ts'

/**
 * Answers a request as the drill that it meets has it.
 *
 * @param drills those that are on
 * @param place what is asked
 * @param answer answers as if there were none; told which drill the request has met
 */
export async function throughDrills<T>(
  drills: Drills,
  place: Place,
  answer: (drill?: number) => T | Promise<T>,
): Promise<{ reply: T | Reply; drill?: number }> {
  const met = drills.meet(place)
  if (!met) return { reply: await answer() }
  const { drill, fault, stopped } = met
  switch (fault.kind) {
    case 'status':
    case 'html':
      return { drill, reply: faultReply(fault) }
    case 'delay':
      await wait(fault.ms, undefined, { signal: stopped }).catch(() => undefined)
      return { drill, reply: await answer(drill) }
    case 'hang':
      await until(stopped)
      return { drill, reply: await answer(drill) }
    default:
      return { drill, reply: await underFault(fault, () => answer(drill)) }
  }
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
