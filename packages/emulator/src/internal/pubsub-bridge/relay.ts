import { setTimeout as wait } from 'node:timers/promises'
import { isError } from '@countersign/shared/errors'
import { withoutSecrets } from '../../events/redact.ts'
import type { Message } from '../pushes/new-delivery.ts'
import type { StartedPush } from '../pushes/pushes.ts'
import type { Pulled, Subscription } from './subscription.ts'

/** As many messages of a subscription are under way at once. */
const maxUnderWay = 100
const keepSeconds = 60
const retryMs = 1_000
const maxLength = 300

/** What relays one subscription. */
export interface RelayOptions {
  readonly subscription: Subscription
  readonly push: (message: Message) => StartedPush
  /** Told what is wrong, each time that it is something else. */
  readonly warn: (problem: string) => void
  readonly signal: AbortSignal
}

/**
 * Hands each message of a subscription on, and acknowledges it once that is acknowledged.
 *
 * @param options which, to whom, and until when
 * @returns once the signal has ended it and nothing is under way
 */
export async function relay({ subscription, push, warn, signal }: RelayOptions): Promise<void> {
  const underWay = new Set<Promise<void>>()
  const say = once(warn)
  const sayOfOne = once(warn)
  while (!signal.aborted) {
    try {
      const pulled = await subscription.pull(maxUnderWay - underWay.size, signal)
      say(undefined)
      for (const one of pulled) {
        const handedOn = handOn(one, { subscription, push }).then(() => sayOfOne(undefined))
        track(
          underWay,
          handedOn.catch((error) => sayOfOne(problemOf(error))),
        )
      }
      if (underWay.size >= maxUnderWay) await Promise.race(underWay)
    } catch (error) {
      if (signal.aborted) break
      say(problemOf(error))
      await wait(retryMs, undefined, { signal }).catch(() => undefined)
    }
  }
  await Promise.all(underWay)
}

function track(all: Set<Promise<void>>, one: Promise<void>): void {
  const tracked = one.finally(() => all.delete(tracked))
  all.add(tracked)
}

/** Where keeping or acknowledging fails, Pub/Sub hands the message out again: at least once. */
async function handOn(
  { ackId, message }: Pulled,
  { subscription, push }: Pick<RelayOptions, 'subscription' | 'push'>,
): Promise<void> {
  const keep = (): void => void subscription.keep(ackId, keepSeconds).catch(() => undefined)
  keep()
  const timer = setInterval(keep, (keepSeconds * 1000) / 2)
  try {
    const { outcome } = await push(message).done
    if (outcome === 'acknowledged') await subscription.acknowledge(ackId)
    else await subscription.keep(ackId, 0)
  } finally {
    clearInterval(timer)
  }
}

function once(warn: (problem: string) => void): (problem: string | undefined) => void {
  let last: string | undefined
  return (problem) => {
    if (problem !== undefined && problem !== last) warn(problem)
    last = problem
  }
}

/** What answers there chose the words. */
function problemOf(error: unknown): string {
  const { message, cause } = error as Error
  const text = isError(cause) && 'code' in cause ? `${message}: ${cause.code}` : message
  return withoutSecrets(text, maxLength)
}
