import { randomInt } from 'node:crypto'
import type { PushSender, Service } from '@countersign/policy'
import { createAbort } from '@countersign/shared/realm/signals'
import type { Replays } from '../events/replays.ts'
import type { PushAttempted } from '../events.ts'
import { projectOf, strangerAccount } from '../google/accounts.ts'
import type { Google } from '../google/google.ts'
import { createTokenCache } from '../google/token-cache.ts'
import type { PushAttempt, PushOptions, PushResult } from '../pushes.ts'
import { type CheckedPush, checkPush } from './check-push.ts'
import { deliver } from './deliver.ts'
import {
  cloudScheduler,
  cloudTasks,
  type Delivery,
  eventarc,
  type Product,
  pubsub,
} from './products.ts'

/** The push senders of an emulator. */
export interface Pushes {
  /** Starts a delivery. */
  start(name: string, options: PushOptions): StartedPush
  /** Delivers a message that was published elsewhere, and retries until {@link Pushes.stop}. */
  relay(name: string, message: Message): StartedPush
  /** Gives up all deliveries. */
  stop(): void
}

/** A delivery that was started. */
export interface StartedPush {
  delivery: number
  done: Promise<PushResult>
}

/** Options of {@link createPushes}. */
export interface PushesOptions {
  /** Returns the URLs of a service's front door; throws a TypeError if it has none. */
  frontDoor: (service: string) => { url: string; localUrl: string }
  /** Expects the call of an attempt at the front door. */
  expectCall: Replays['expect']
  /** Called after each attempt. */
  onAttempt: (sender: PushSender, delivery: number, attempt: PushAttempt) => void
}

const products: Readonly<Record<PushSender['kind'], Product>> = {
  pubsub,
  'cloud-tasks': cloudTasks,
  'cloud-scheduler': cloudScheduler,
  eventarc,
}

/** The push senders of the policy. None of them sends by itself. */
export function createPushes(google: Google, options: PushesOptions): Pushes {
  const { frontDoor, expectCall, onAttempt } = options
  const stopping = createAbort()
  const tokenFor = senderTokens(google)
  let lastDelivery = 0

  function begin({ sender, service }: PushRoute, order: Order): StartedPush {
    const { path = sender.path ?? '/', ...rest } = order
    const audience = sender.audience ?? `${service.url}${path}`
    const { url, localUrl } = frontDoor(service.name)
    lastDelivery += 1
    const id = lastDelivery
    const delivering = deliver({
      ...rest,
      product: products[sender.kind],
      method: methodOf(sender),
      url: new URL(localUrl + path),
      host: new URL(url).host,
      token: () => tokenFor(sender, audience),
      now: google.now,
      expectCall,
      onAttempt: (attempt) => onAttempt(sender, id, attempt),
      signal: stopping.signal,
    })
    return { delivery: id, done: delivering.then((attempts) => resultOf(id, attempts)) }
  }
  return {
    start: (name, options) => {
      const route = pushRoute(name, google)
      return begin(route, orderOf(options, { ...route, now: google.now() }))
    },
    relay: (name, message) => {
      const route = pushRoute(name, google)
      const delivery = relayed(message, { name, service: route.service })
      return begin(route, { delivery, path: undefined, maxAttempts: Infinity, speed: 1 })
    },
    stop: () => stopping.abort(),
  }
}

/** Caches tokens: Google reuses a sender's tokens too, for up to an hour. */
function senderTokens(google: Google): (sender: PushSender, audience: string) => Promise<string> {
  const tokens = createTokenCache(google.now)
  return ({ serviceAccount: email }, audience) => {
    const account = google.accounts.get(email) ?? strangerAccount(email)
    const name = JSON.stringify([email, audience, google.keys.signing().kid])
    return tokens.get(name, () => google.issuer.idToken(account, audience)).token
  }
}

/** The sender and the receiving service of a push. */
interface PushRoute {
  sender: PushSender
  service: Service
}

/** A delivery, and its retries. */
interface Order {
  delivery: Delivery
  /** Undefined for the path in the policy. */
  path: string | undefined
  maxAttempts: number
  speed: number
}

function orderOf(
  options: PushOptions,
  { sender, service, now }: PushRoute & { now: number },
): Order {
  const { path, speed, maxAttempts, ...push } = checkPush(options, sender.kind)
  assertBody(push.data, methodOf(sender))
  return {
    delivery: deliveryOf(push, { name: sender.name, service, now }),
    path,
    maxAttempts: maxAttempts ?? products[sender.kind].maxAttempts,
    speed,
  }
}

/** A task or a job has one method: the first in the policy. */
function methodOf({ methods: [method = 'POST'] }: PushSender): string {
  return method
}

/** https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks#HttpRequest */
function assertBody(data: unknown, method: string): void {
  if (data === '' || ['POST', 'PUT', 'PATCH'].includes(method)) return
  throw new TypeError(
    `data can't be sent, since a ${method} has no body at Google: leave it out, or list POST first in the methods of the push`,
  )
}

function pushRoute(name: string, { policy }: Google): PushRoute {
  const sender = policy.pushes.get(name)
  if (!sender) {
    const known = [...policy.pushes.keys()].join(', ')
    const remedy = known === '' ? 'add it to "pushes"' : `write one of ${known}`
    throw new TypeError(`The policy has no push "${name}": ${remedy}`)
  }
  const service = policy.services.get(sender.to)
  if (service) return { sender, service }
  throw new TypeError(
    `The push "${name}" can't be delivered: the policy has no service "${sender.to}"`,
  )
}

function resultOf(delivery: number, attempts: readonly PushAttempt[]): PushResult {
  const isDone = attempts.at(-1)?.outcome === 'acknowledged'
  return { delivery, outcome: isDone ? 'acknowledged' : 'given-up', attempts }
}

/** A Pub/Sub message that was published elsewhere. */
export interface Message {
  id: string
  data: Buffer
  attributes: Readonly<Record<string, string>>
  orderingKey?: string
  /** Milliseconds since the epoch. */
  publishedAt: number
}

/** The delivery for a push with options. */
function deliveryOf(
  { data, attributes, payload }: Pick<CheckedPush, 'data' | 'attributes' | 'payload'>,
  { name, service, now }: { name: string; service: Service; now: number },
): Delivery {
  return {
    name,
    id: String(randomInt(2 ** 47, 2 ** 48 - 1)),
    project: projectOf(service),
    data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)),
    attributes,
    payload,
    createdAt: now,
  }
}

/** The delivery of a message that was published elsewhere, wrapped. */
function relayed(
  { publishedAt, ...message }: Message,
  { name, service }: { name: string; service: Service },
): Delivery {
  const about = { name, project: projectOf(service), createdAt: publishedAt }
  return { ...message, ...about, payload: 'wrapped' }
}

/** The event of an attempt. */
export function pushEvent(
  { name, kind, to }: PushSender,
  delivery: number,
  attempt: PushAttempt,
): Omit<PushAttempted, 'id'> {
  return { type: 'push', push: name, kind, to, delivery, ...attempt }
}
