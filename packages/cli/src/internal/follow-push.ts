import type { PushAttempted, PushOptions } from '@countersign/emulator'
import { exitCodes, Failure } from '../command-line/failure.ts'
import type { RunningEmulator } from '../emulator/running-emulator.ts'

/**
 * Begins a delivery.
 *
 * @param emulator a running one
 * @param push a push of the policy
 * @param options what is delivered, and how patiently
 * @returns its id
 */
export async function startPush(
  emulator: RunningEmulator,
  push: string,
  options: PushOptions,
): Promise<number> {
  const body = { ...options, push }
  const { delivery } = (await emulator.ask('POST', '/emulator/v1/push', body)) as Started
  return delivery
}

interface Started {
  readonly delivery: number
}

/**
 * Follows a delivery to its end.
 *
 * @param emulator the emulator that delivers
 * @param delivery which one
 * @param onAttempt told of each attempt, once
 * @returns how it ended
 * @throws {@link Failure} where the emulator ends before
 */
export async function followPush(
  emulator: RunningEmulator,
  delivery: number,
  onAttempt: (attempt: PushAttempted) => void,
): Promise<'acknowledged' | 'given-up'> {
  for await (const event of emulator.events()) {
    if (event.type !== 'push' || event.delivery !== delivery) continue
    onAttempt(event)
    if (event.outcome !== 'will-retry') return event.outcome
  }
  throw new Failure(`The emulator tells no more of delivery ${delivery}`, {
    exitCode: exitCodes.unavailable,
    hint: 'It has ended, or more happens in it than this command can read. Its page shows the rest.',
  })
}
