import type { PushSender } from '@countersign/policy'
import type { PushAttempted } from '../../events.ts'
import type { PushAttempt } from '../../pushes.ts'

/**
 * The event of a delivery that was tried.
 *
 * @param sender who delivers
 * @param delivery its id
 * @param attempt what became of it
 */
export function pushEvent(
  { name, kind, to }: PushSender,
  delivery: number,
  attempt: PushAttempt,
): Omit<PushAttempted, 'id'> {
  return { type: 'push', push: name, kind, to, delivery, ...attempt }
}
