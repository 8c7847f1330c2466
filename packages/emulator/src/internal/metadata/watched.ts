import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Call, Reply } from '../../http/route.ts'

/** Beyond it a timer is over at once. */
const longestTimerMs = 2 ** 31 - 1

/**
 * An answer with its `ETag`, and after the wait that was asked for: `wait_for_change=true` waits for
 * another one than `last_etag`, for `timeout_sec` at most. Nothing that an emulator tells changes while
 * it runs, so that a wait lasts until then, or until the client is gone.
 *
 * https://cloud.google.com/compute/docs/metadata/querying-metadata#waitforchange
 *
 * @param reply the answer
 * @param call what was asked
 */
export async function watched(reply: Reply, call: Call): Promise<Reply> {
  const etag = createHash('sha256').update(reply.body).digest('hex').slice(0, 16)
  if (isTrue(call.query.get('wait_for_change')) && isKnown(etag, call)) await timeout(call)
  return { ...reply, headers: { ...reply.headers, etag } }
}

/**
 * Whether a parameter says `true`, in any case.
 *
 * @param value what it says
 */
export function isTrue(value: string | null): boolean {
  return value?.toLowerCase() === 'true'
}

/** Without `last_etag` it is the present one. */
function isKnown(etag: string, { query }: Call): boolean {
  return (query.get('last_etag') ?? etag) === etag
}

async function timeout({ query, gone }: Call): Promise<void> {
  const asked = query.get('timeout_sec') ?? ''
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1000 : longestTimerMs
  await wait(Math.min(ms, longestTimerMs), undefined, { signal: gone() }).catch(() => undefined)
}
