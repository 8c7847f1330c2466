import { STATUS_CODES } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Fault } from '../drills.ts'
import { underFault } from '../google/current-fault.ts'
import { type Around, type Reply, text } from '../http/route.ts'
import type { Drills, Met } from './drills.ts'

/** Answers requests with the faults of the drills that apply. */
export function throughDrills(drills: Pick<Drills, 'meet'>): Around {
  return async (place, answer) => {
    const met = drills.meet(place)
    return met ? answeredUnder(met, answer) : { reply: await answer() }
  }
}

async function answeredUnder<T>(
  { drill, fault, stopped }: Met,
  answer: (drill: number) => T | Promise<T>,
): Promise<{ reply: T | Reply; drill: number }> {
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

/** The answer to a request that does not reach its endpoint. */
function faultReply(fault: Fault & { kind: 'status' | 'html' }): Reply {
  if (fault.kind === 'html') return page()
  const { status, retryAfterSeconds } = fault
  const reply = text(status, `${STATUS_CODES[status] ?? 'Error'} (a drill of the emulator)\n`)
  if (retryAfterSeconds === undefined) return reply
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfterSeconds) } }
}

function page(): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: '<!doctype html><title>Sign in</title><h1>Sign in to this network</h1>\n',
  }
}
