import { STATUS_CODES } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Fault } from '../drills.ts'
import { underFault } from '../google/current-fault.ts'
import { type Reply, text } from '../http/route.ts'
import type { Drills, Place } from './drills.ts'

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

/**
 * How a request is answered that never reaches what it asked for.
 *
 * @param fault an error, or a page
 */
export function faultReply(fault: Fault & { kind: 'status' | 'html' }): Reply {
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
