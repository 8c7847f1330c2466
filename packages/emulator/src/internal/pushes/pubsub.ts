import type { Delivery, Outgoing, Product } from './product.ts'

/** A day of attempts ten minutes apart would be 1,008 in a week. */
const maxAttempts = 20

/**
 * A Pub/Sub push subscription with a retry policy as it is by default: 10 to 600 seconds.
 *
 * https://cloud.google.com/pubsub/docs/push and https://cloud.google.com/pubsub/docs/payload-unwrapping
 */
export const pubsub: Product = {
  request: (delivery) => (delivery.payload === 'wrapped' ? wrapped(delivery) : unwrapped(delivery)),
  isAcknowledged: (status) => [102, 200, 201, 202, 204].includes(status),
  backoff: { minMs: 10_000, maxMs: 600_000, maxDoublings: 16 },
  heedsRetryAfter: false,
  maxAttempts,
  deadlineMs: 10_000,
}

/** What Pub/Sub calls itself. */
export const pubsubUserAgent: string =
  'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)'

/**
 * The body of a wrapped push: each name in both spellings, as Google sends it.
 *
 * @param delivery the message
 */
export function wrappedMessage(delivery: Delivery): string {
  const { id, data, attributes, createdAt, orderingKey } = delivery
  const published = new Date(createdAt).toISOString()
  const message = {
    attributes,
    data: data.toString('base64'),
    messageId: id,
    message_id: id,
    publishTime: published,
    publish_time: published,
    ...(orderingKey && { orderingKey }),
  }
  return JSON.stringify({ message, subscription: subscriptionOf(delivery) })
}

function subscriptionOf({ project, name }: Delivery): string {
  return `projects/${project.id}/subscriptions/${name}`
}

function wrapped(delivery: Delivery): Outgoing {
  const headers = { 'content-type': 'application/json', 'user-agent': pubsubUserAgent }
  return { headers, body: wrappedMessage(delivery) }
}

/** With metadata the publisher chooses names of headers: receivers must not trust any of them. */
function unwrapped(delivery: Delivery): Outgoing {
  const { data: body, payload, attributes, id, createdAt } = delivery
  const agent = { 'user-agent': pubsubUserAgent }
  if (payload === 'unwrapped') return { headers: agent, body }
  const metadata = {
    'x-goog-pubsub-subscription-name': subscriptionOf(delivery),
    'x-goog-pubsub-message-id': id,
    'x-goog-pubsub-publish-time': new Date(createdAt).toISOString(),
  }
  return { headers: { ...attributes, ...agent, ...metadata }, body }
}
