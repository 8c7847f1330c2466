import type { CallHandled, RefusalReported } from '@countersign/emulator'

/** A service reports a refusal without waiting for the emulator, so that it can come late. */
const lateMs = 300

/**
 * The refusals of serviceFetch in a service while it handled a call that it then answered with an
 * error; at the same time it can have handled other calls.
 */
export function stoppedMeanwhile(
  { receiver, status, at, durationMs }: CallHandled,
  refusals: readonly RefusalReported[],
): readonly RefusalReported[] {
  if (status < 500) return []
  return refusals.filter((refusal) => {
    return (
      refusal.service === receiver && refusal.at >= at && refusal.at <= at + durationMs + lateMs
    )
  })
}
