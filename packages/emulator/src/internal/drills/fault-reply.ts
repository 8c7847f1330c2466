import { STATUS_CODES } from 'node:http'
import type { Fault } from '../../drills.ts'
import { type Reply, text } from '../../http/route.ts'

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
