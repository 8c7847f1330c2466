import type { PushSender } from '@countersign/policy'
import type { PushAttempted } from '../../events.ts'
import type { PushAttempt } from '../../pushes.ts'

/**
 * The event of a delivery that was tried.
 *
 * @param sender who delivers
 * @param attempt what became of it
 */
export function pushEvent(
  { name, kind, to }: PushSender,
  attempt: PushAttempt,
): Omit<PushAttempted, 'id'> {
  return { type: 'push', push: name, kind, to, ...attempt }
}
