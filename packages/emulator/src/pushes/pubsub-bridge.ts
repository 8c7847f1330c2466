import { setTimeout as wait } from 'node:timers/promises'
import { isError } from '@countersign/shared/errors'
import { abortAfter, createAbort } from '@countersign/shared/realm/signals'
import { withoutSecrets } from '../events/redact.ts'
import { projectOf } from '../google/accounts.ts'
import type { Google } from '../google/google.ts'
import { httpOrigin } from '../http/hosts.ts'
import type { Message, Pushes, StartedPush } from './pushes.ts'

/** Pulls messages from Google's Pub/Sub emulator and pushes them signed. */
export interface PubsubBridge {
  /** Resolves after the last delivery has ended. Stop the pushes before. */
  stop(): Promise<void>
}

/**
 * Relays the subscriptions of the policy's Pub/Sub pushes: Google's own emulator pushes without an
 * `Authorization` header.
 */
export function startPubsubBridge(
  { policy }: Google,
  { origin, pushes }: { origin: URL; pushes: Pick<Pushes, 'relay'> },
): PubsubBridge {
  const stopping = createAbort()
  const relays = [...policy.pushes.values()].map(async ({ kind, name, to }) => {
    const service = policy.services.get(to)
    if (kind !== 'pubsub' || !service) return
    const subscription = `projects/${projectOf(service).id}/subscriptions/${name}`
    // The service runs elsewhere, beside `countersign dev --only`, or has no URL in the policy.
    if (service.url === undefined) {
      warn(`${subscription} is not pulled: ${to} has no front door here`)
      return
    }
    await relay({
      subscription: subscriptionAt(origin, subscription),
      push: (message) => pushes.relay(name, message),
      warn: (problem) => warn(`${subscription} at ${origin.host} can't be pulled: ${problem}`),
      signal: stopping.signal,
    })
  })
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(relays)
    },
  }
}

function warn(message: string): void {
  process.emitWarning(message, 'CountersignWarning')
}

/**
 * Where Google's Pub/Sub emulator listens.
 *
 * @param host in the form of `PUBSUB_EMULATOR_HOST`
 * @throws {TypeError} if it is not a host and port
 */
export function pubsubOrigin(host: string): URL {
  const url = httpOrigin(`http://${host}`)
  if (url) return url
  throw new TypeError(
    `pubsubEmulator must be a host and port, but is "${host}": write one such as "127.0.0.1:8085"`,
  )
}

/** The maximum of messages of a subscription that are delivered at the same time. */
const maxUnderWay = 100
const keepSeconds = 60
const retryMs = 1_000
const maxLength = 300

/** Options of {@link relay}. */
interface RelayOptions {
  subscription: Subscription
  push: (message: Message) => StartedPush
  /** Called with a problem whenever it differs from the last one. */
  warn: (problem: string) => void
  signal: AbortSignal
}

/**
 * Delivers each message of a subscription, and acknowledges it after the receiver has acknowledged
 * it.
 *
 * @returns a promise that resolves after the signal, once all deliveries have ended
 */
async function relay({ subscription, push, warn, signal }: RelayOptions): Promise<void> {
  const underWay = new Set<Promise<void>>()
  const report = once(warn)
  const reportOfOne = once(warn)
  while (!signal.aborted) {
    try {
      const pulled = await subscription.pull(maxUnderWay - underWay.size, signal)
      report(undefined)
      for (const one of pulled) {
        const handedOn = handOn(one, { subscription, push }).then(() => reportOfOne(undefined))
        track(
          underWay,
          handedOn.catch((error) => reportOfOne(problemOf(error))),
        )
      }
      if (underWay.size >= maxUnderWay) await Promise.race(underWay)
    } catch (error) {
      if (signal.aborted) break
      report(problemOf(error))
      await wait(retryMs, undefined, { signal }).catch(() => undefined)
    }
  }
  await Promise.all(underWay)
}

function track(all: Set<Promise<void>>, one: Promise<void>): void {
  const tracked = one.finally(() => all.delete(tracked))
  all.add(tracked)
}

/** If keeping or acknowledging fails, Pub/Sub delivers the message again (at least once). */
async function handOn(
  { ackId, message }: Pulled,
  { subscription, push }: Pick<RelayOptions, 'subscription' | 'push'>,
): Promise<void> {
  function keep(): void {
    subscription.keep(ackId, keepSeconds).catch(() => undefined)
  }
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

/** The other server chose the text, so it is redacted. */
function problemOf(error: unknown): string {
  const { message, cause } = error as Error
  const text = isError(cause) && 'code' in cause ? `${message}: ${cause.code}` : message
  return withoutSecrets(text, maxLength)
}

/** A subscription at Google's Pub/Sub emulator, over its REST API. */
interface Subscription {
  /** Waits for messages; returns none after the server's timeout. */
  pull(max: number, signal: AbortSignal): Promise<readonly Pulled[]>
  acknowledge(ackId: string): Promise<void>
  /** Extends the deadline of a message to this time from now; 0 returns the message. */
  keep(ackId: string, seconds: number): Promise<void>
}

/** A pulled message, to be acknowledged. */
interface Pulled {
  ackId: string
  message: Message
}

/** The timeout of every request except a pull. */
const timeoutMs = 5_000

/** A message in the API's form, without empty fields. */
interface ReceivedMessage {
  ackId: string
  message: {
    messageId: string
    data?: string
    attributes?: Readonly<Record<string, string>>
    publishTime: string
    orderingKey?: string
  }
}

/**
 * Creates the client of a subscription.
 *
 * @see https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
 */
function subscriptionAt(origin: URL, name: string): Subscription {
  async function ask(
    verb: string,
    body: object,
    signal: AbortSignal = abortAfter(timeoutMs),
  ): Promise<unknown> {
    const answer = await fetch(`${origin.origin}/v1/${name}:${verb}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal,
    })
    if (answer.ok) return answer.json()
    throw new Error(`the answer is ${answer.status}: ${(await answer.text()).slice(0, 200)}`)
  }
  return {
    pull: async (maxMessages, signal) => {
      const { receivedMessages = [] } = (await ask('pull', { maxMessages }, signal)) as {
        receivedMessages?: readonly ReceivedMessage[]
      }
      return receivedMessages.map(read)
    },
    acknowledge: async (ackId) => void (await ask('acknowledge', { ackIds: [ackId] })),
    keep: async (ackId, ackDeadlineSeconds) =>
      void (await ask('modifyAckDeadline', { ackIds: [ackId], ackDeadlineSeconds })),
  }
}

function read({ ackId, message }: ReceivedMessage): Pulled {
  const { messageId: id, data = '', attributes = {}, publishTime, orderingKey } = message
  return {
    ackId,
    message: {
      id,
      data: Buffer.from(data, 'base64'),
      attributes,
      publishedAt: Date.parse(publishTime),
      ...(orderingKey && { orderingKey }),
    },
  }
}
