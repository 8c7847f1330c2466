import { randomInt } from 'node:crypto'
import type { PushSender, Service } from '@countersign/policy'
import type { PushAttempt, PushOptions, PushResult } from '../../pushes.ts'
import { projectOf, strangerAccount } from '../accounts.ts'
import type { Google } from '../google.ts'
import { createTokenCache } from '../metadata/token-cache.ts'
import { type CheckedPush, checkPush } from './check-push.ts'
import { cloudScheduler } from './cloud-scheduler.ts'
import { cloudTasks } from './cloud-tasks.ts'
import { deliver } from './deliver.ts'
import { eventarc } from './eventarc.ts'
import type { Delivery, Product } from './product.ts'
import { pubsub } from './pubsub.ts'

/** The push senders of an emulator. */
export interface Pushes {
  /** Begins a delivery. */
  start(name: string, options: PushOptions): StartedPush
  /** Gives all deliveries up. */
  stop(): void
}

/** A delivery under way. */
export interface StartedPush {
  readonly delivery: number
  readonly done: Promise<PushResult>
}

/** What push senders need beside Google. */
export interface PushesOptions {
  /** The URL of a service's front door. */
  readonly frontDoor: (service: string) => string
  /** Told of each attempt. */
  readonly onAttempt: (sender: PushSender, attempt: PushAttempt) => void
}

const products: Readonly<Record<PushSender['kind'], Product>> = {
  pubsub,
  'cloud-tasks': cloudTasks,
  'cloud-scheduler': cloudScheduler,
  eventarc,
}

/**
 * The push senders of the policy. None pushes by itself.
 *
 * @param google who signs
 * @param options where the services are
 */
export function createPushes(google: Google, { frontDoor, onAttempt }: PushesOptions): Pushes {
  const stopping = new AbortController()
  const tokens = createTokenCache(google.now)
  let lastDelivery = 0

  const tokenFor = (sender: PushSender, audience: string): Promise<string> => {
    const email = sender.serviceAccount
    const account = google.accounts.get(email) ?? strangerAccount(email)
    // Google reuses them too, for up to an hour.
    const name = JSON.stringify([email, audience, google.keys.signing().kid])
    return tokens.get(name, () => google.issuer.idToken(account, audience)).token
  }
  return {
    start: (name, options) => {
      const { sender, service } = found(name, google)
      const push = checkPush(options, sender.kind)
      const product = products[sender.kind]
      const target = push.path ?? sender.path ?? '/'
      const audience = sender.audience ?? `${service.url}${target}`
      lastDelivery += 1
      const delivery = lastDelivery
      const delivering = deliver({
        product,
        delivery: deliveryOf(push, { name, service, now: google.now() }),
        url: new URL(frontDoor(service.name) + target),
        maxAttempts: push.maxAttempts ?? product.maxAttempts,
        speed: push.speed,
        token: () => tokenFor(sender, audience),
        now: google.now,
        onAttempt: (attempt) => onAttempt(sender, attempt),
        signal: stopping.signal,
      })
      return { delivery, done: delivering.then((attempts) => resultOf(delivery, attempts)) }
    },
    stop: () => stopping.abort(),
  }
}

function found(name: string, { policy }: Google): { sender: PushSender; service: Service } {
  const sender = policy.pushes.get(name)
  if (!sender) {
    const known = [...policy.pushes.keys()].join(', ') || 'none'
    throw new TypeError(`The policy has no push "${name}". Its pushes: ${known}`)
  }
  const service = policy.services.get(sender.to)
  if (service) return { sender, service }
  throw new TypeError(`"${name}" can't be delivered: the policy has no service "${sender.to}"`)
}

function deliveryOf(
  { data, attributes, payload }: CheckedPush,
  { name, service, now }: { name: string; service: Service; now: number },
): Delivery {
  const isJson = typeof data !== 'string'
  return {
    name,
    id: String(randomInt(2 ** 47, 2 ** 48 - 1)),
    project: projectOf(service),
    data: isJson ? JSON.stringify(data) : data,
    isJson,
    attributes,
    payload,
    createdAt: now,
  }
}

function resultOf(delivery: number, attempts: readonly PushAttempt[]): PushResult {
  const isDone = attempts.at(-1)?.outcome === 'acknowledged'
  return { delivery, outcome: isDone ? 'acknowledged' : 'given-up', attempts }
}
