import type { Project } from '../google/accounts.ts'
import type { PushOptions } from '../pushes.ts'

/** A delivery; it is the same in each attempt. */
export interface Delivery {
  /** The push's name in the policy, used as the name of the subscription, queue, job or trigger. */
  name: string
  /** The id of the message or task: digits. */
  id: string
  project: Project
  data: Buffer
  attributes: Readonly<Record<string, string>>
  payload: NonNullable<PushOptions['payload']>
  /** For Pub/Sub only. */
  orderingKey?: string
  /** Milliseconds since the epoch. */
  createdAt: number
}

/** The state of an attempt. */
interface AttemptOf {
  /** From 1. */
  number: number
  /** Milliseconds since the epoch. */
  at: number
  /** The statuses of the earlier attempts; 0 if there was no answer. */
  statuses: readonly number[]
}

/** The headers and body of a request. */
export interface Outgoing {
  headers: Readonly<Record<string, string>>
  body: Buffer | string
}

/** One of Google's products that push. */
export interface Product {
  /** The request without its token. */
  request(delivery: Delivery, attempt: AttemptOf): Outgoing
  /** Whether a status ends the delivery. */
  isAcknowledged(status: number): boolean
  backoff: Backoff
  /** Whether `Retry-After` of a 429 or a 503 delays the next attempt. */
  respectsRetryAfter: boolean
  maxAttempts: number
  /** How long it waits for an answer, in milliseconds. */
  deadlineMs: number
}

/** Google retries for 7 days: with ten minutes between attempts that would be 1,008. */
const maxAttempts = 20

/**
 * A Pub/Sub push subscription with the default retry policy: 10 to 600 seconds.
 *
 * @see https://cloud.google.com/pubsub/docs/push
 * @see https://cloud.google.com/pubsub/docs/payload-unwrapping
 */
export const pubsub: Product = {
  request: (delivery) => (delivery.payload === 'wrapped' ? wrapped(delivery) : unwrapped(delivery)),
  isAcknowledged: (status) => [102, 200, 201, 202, 204].includes(status),
  backoff: { minMs: 10_000, maxMs: 600_000, maxDoublings: 16 },
  respectsRetryAfter: false,
  maxAttempts,
  deadlineMs: 10_000,
}

/** The `User-Agent` of Pub/Sub. */
const pubsubUserAgent: string =
  'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)'

/**
 * The body of a wrapped push. Names have both spellings, as Google sends them, and empty fields are
 * left out: a message has attributes, data, or both.
 */
function wrappedMessage(delivery: Delivery): string {
  const { id, data, attributes, createdAt, orderingKey } = delivery
  const published = new Date(createdAt).toISOString()
  const hasAttributes = Object.keys(attributes).length > 0
  const message = {
    ...(hasAttributes && { attributes }),
    ...((data.length > 0 || !hasAttributes) && { data: data.toString('base64') }),
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

/** With metadata, the publisher chooses names of headers: receivers must not trust them. */
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

/**
 * A Cloud Tasks queue with its default retries: 0.1 seconds to an hour, 100 attempts.
 *
 * @see https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler
 */
export const cloudTasks: Product = {
  request: (delivery, attempt) => ({
    headers: {
      // No content type is set, whatever the body.
      ...delivery.attributes,
      'user-agent': 'Google-Cloud-Tasks',
      ...taskHeaders(delivery, attempt),
    },
    body: delivery.data,
  }),
  isAcknowledged: (status) => status >= 200 && status <= 299,
  backoff: { minMs: 100, maxMs: 3_600_000, maxDoublings: 16 },
  respectsRetryAfter: true,
  maxAttempts: 100,
  deadlineMs: 600_000,
}

function taskHeaders(
  { name, id }: Delivery,
  { number, at, statuses }: AttemptOf,
): Record<string, string> {
  const previous = statuses.at(-1)
  return {
    'x-cloudtasks-queuename': name,
    'x-cloudtasks-taskname': id,
    'x-cloudtasks-taskretrycount': String(number - 1),
    // The number of answers: an attempt without an answer does not count.
    'x-cloudtasks-taskexecutioncount': String(statuses.filter((status) => status > 0).length),
    'x-cloudtasks-tasketa': (at / 1000).toFixed(6),
    ...(previous && { 'x-cloudtasks-taskpreviousresponse': String(previous) }),
  }
}

/**
 * A Cloud Scheduler job with its defaults: no retries. If retries are allowed, 5 seconds to an
 * hour.
 *
 * @see https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#HttpTarget
 */
export const cloudScheduler: Product = {
  request: ({ name, data, attributes, createdAt }) => ({
    headers: {
      // The type of any body, whatever its content.
      ...(data.length > 0 && { 'content-type': 'application/octet-stream' }),
      ...attributes,
      'user-agent': 'Google-Cloud-Scheduler',
      'x-cloudscheduler': 'true',
      'x-cloudscheduler-jobname': name,
      'x-cloudscheduler-scheduletime': new Date(createdAt).toISOString(),
    },
    body: data,
  }),
  isAcknowledged: (status) => status >= 200 && status <= 299,
  backoff: { minMs: 5_000, maxMs: 3_600_000, maxDoublings: 5 },
  respectsRetryAfter: false,
  maxAttempts: 1,
  deadlineMs: 180_000,
}

const published = 'google.cloud.pubsub.topic.v1.messagePublished'

/**
 * An Eventarc trigger: CloudEvents in binary mode, delivered by Pub/Sub and retried by its rules.
 * Unless its attributes say another `type`, the event is a Pub/Sub message with the data.
 *
 * @see https://cloud.google.com/eventarc/docs/cloudevents
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
export const eventarc: Product = {
  ...pubsub,
  request: (delivery) => {
    const { id, project, name, createdAt, attributes } = delivery
    const event: Record<string, string> = {
      id,
      source: `//pubsub.googleapis.com/projects/${project.id}/topics/${name}`,
      specversion: '1.0',
      type: published,
      time: new Date(createdAt).toISOString(),
      ...attributes,
    }
    // It is the content type, and never a header of its own.
    const { datacontenttype = 'application/json', ...context } = event
    const names = Object.entries(context).map(([key, value]) => [`ce-${key}`, inAscii(value)])
    return {
      headers: {
        'content-type': inAscii(datacontenttype),
        'user-agent': pubsubUserAgent,
        ...Object.fromEntries(names),
      },
      body:
        event.type === published ? wrappedMessage({ ...delivery, attributes: {} }) : delivery.data,
    }
  },
}

/** A file's name can be an event's subject. What a header can't have is percent-encoded UTF-8. */
function inAscii(value: string): string {
  return value.toWellFormed().replace(/[^ -~]/gu, encodeURIComponent)
}

/** How the time between attempts grows. */
export interface Backoff {
  /** Before the first retry, in milliseconds. */
  minMs: number
  maxMs: number
  /** The number of doublings, before it grows by the same amount each time. */
  maxDoublings: number
}

/**
 * The time before a retry, as Cloud Tasks and Cloud Scheduler document it: it doubles, then grows
 * in equal steps, up to the maximum. There is no jitter, so that a schedule can be read and tested.
 *
 * @see https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RetryConfig
 * @param retry the number of the retry, from 1
 */
export function backoffMs(retry: number, { minMs, maxMs, maxDoublings }: Backoff): number {
  const doublings = Math.min(retry - 1, maxDoublings)
  const steps = retry - doublings
  return Math.min(minMs * 2 ** doublings * steps, maxMs)
}

/** An app that requests a longer delay has a wrong clock, or means never. */
const longestRetryAfterMs = 24 * 60 * 60 * 1000

/**
 * The delay of a `Retry-After` (RFC 9110 section 10.2.3) in milliseconds: at most a day.
 *
 * @param value seconds, or a date
 * @param now milliseconds since the epoch
 */
export function retryAfterMs(value: string | undefined, now: number): number {
  return Math.min(askedMs(value ?? '', now), longestRetryAfterMs)
}

function askedMs(value: string, now: number): number {
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? 0 : Math.max(date - now, 0)
}
