import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessGroup } from './process-group.ts'

/** How to stop. */
export interface StopOptions {
  /** How long they may take to end by themselves. */
  readonly graceMs: number
  /** Cuts that short. */
  readonly now: Promise<void>
}

/** A killed process is gone within milliseconds, unless the kernel holds it in a call. */
const killMs = 2_000

/**
 * Asks all groups to end (SIGTERM), and kills what is left after a while.
 *
 * @param groups what to stop
 * @param options how long to wait
 */
export async function stopAll(
  groups: readonly ProcessGroup[],
  { graceMs, now }: StopOptions,
): Promise<void> {
  for (const group of groups) group.signal('SIGTERM')
  await Promise.race([now, gone(groups, graceMs)])
  for (const group of groups) group.signal('SIGKILL')
  await gone(groups, killMs)
}

async function gone(groups: readonly ProcessGroup[], withinMs: number): Promise<void> {
  const until = performance.now() + withinMs
  while (performance.now() < until && !groups.every((group) => group.isGone())) await sleep(20)
}
