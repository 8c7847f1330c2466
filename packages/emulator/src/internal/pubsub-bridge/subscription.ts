import type { Message } from '../pushes/new-delivery.ts'

/** A subscription at Google's Pub/Sub emulator, over its REST API. */
export interface Subscription {
  /** Waits for messages, or for the server's patience to end; then there are none. */
  pull(max: number, signal: AbortSignal): Promise<readonly Pulled[]>
  acknowledge(ackId: string): Promise<void>
  /** Keeps a message from being handed out again, for so long from now; 0 gives it back. */
  keep(ackId: string, seconds: number): Promise<void>
}

/** A message that is to be acknowledged. */
export interface Pulled {
  readonly ackId: string
  readonly message: Message
}

/** What anything but a pull may take. */
const timeoutMs = 5_000

/** A message as the API spells it; what is empty is left out. */
interface ReceivedMessage {
  readonly ackId: string
  readonly message: {
    readonly messageId: string
    readonly data?: string
    readonly attributes?: Readonly<Record<string, string>>
    readonly publishTime: string
    readonly orderingKey?: string
  }
}

/**
 * A subscription.
 *
 * https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
 *
 * @param origin where Pub/Sub's emulator listens
 * @param name `projects/PROJECT/subscriptions/NAME`
 */
export function subscriptionAt(origin: URL, name: string): Subscription {
  const ask = async (
    verb: string,
    body: object,
    signal: AbortSignal = AbortSignal.timeout(timeoutMs),
  ): Promise<unknown> => {
    const answer = await fetch(`${origin.origin}/v1/${name}:${verb}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal,
    })
    if (answer.ok) return answer.json()
    throw new Error(`it answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`)
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
