import { projectOf } from '../../google/accounts.ts'
import type { Google } from '../../google/google.ts'
import { httpOrigin } from '../../http/hosts.ts'
import type { Pushes } from '../pushes/pushes.ts'
import { relay } from './relay.ts'
import { subscriptionAt } from './subscription.ts'

/** What pulls from Google's Pub/Sub emulator and pushes signed. */
export interface PubsubBridge {
  /** Resolves once nothing is under way any more; the pushes must be stopped before. */
  stop(): Promise<void>
}

/**
 * Relays the subscriptions of the policy's Pub/Sub pushes: Google's own emulator pushes without an
 * `Authorization` header.
 *
 * @param google whose policy it is
 * @param options where Pub/Sub's emulator listens, and what pushes
 */
export function startPubsubBridge(
  { policy }: Google,
  { origin, pushes }: { origin: URL; pushes: Pick<Pushes, 'relay'> },
): PubsubBridge {
  const stopping = new AbortController()
  const relays = [...policy.pushes.values()].map(async ({ kind, name, to }) => {
    const service = policy.services.get(to)
    if (kind !== 'pubsub' || !service) return
    const subscription = `projects/${projectOf(service).id}/subscriptions/${name}`
    // One that runs elsewhere, beside `countersign dev --only`, or that the policy gives no URL.
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
 * @param host as `PUBSUB_EMULATOR_HOST` has it
 * @throws TypeError where it is none
 */
export function pubsubOrigin(host: string): URL {
  const url = httpOrigin(`http://${host}`)
  if (url) return url
  throw new TypeError(`pubsubEmulator: "${host}" is no host; write "127.0.0.1:8085"`)
}
