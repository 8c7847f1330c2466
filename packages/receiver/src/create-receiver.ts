import { readEnvironment } from '@countersign/shared/environment'
import { decideCall } from './call/decide.ts'
import { type ReceiverSettings, readSettings } from './call/settings.ts'
import type { Decision } from './decision.ts'
import type { ReceiverOptions } from './options.ts'
import type { IncomingCall, Receiver, ReceiverHealth } from './receiver.ts'
import { version } from './rules/rules-in-force.ts'

/**
 * Creates the receiver that decides about each call to this service: Google's signature, the audience,
 * the allow-list. `verifyCaller` of the Express and Koa packages wraps it as middleware.
 *
 * @param options who may call, and how calls are checked
 * @throws {TypeError} if an option is wrong, nobody may call, there is no audience, or
 *   `COUNTERSIGN_EMULATOR` is set in production: at start-up, never during a call
 *
 * @example
 * A WebSocket upgrade, which doesn't pass through middleware
 * ```ts
 * const receiver = createReceiver({ allow: ['login-run@acme.iam.gserviceaccount.com'] })
 * server.on('upgrade', async (request, socket, head) => {
 *   socket.on('error', () => socket.destroy()) // Node no longer handles the socket: without this, a reset would end the process
 *   const decision = await receiver.check(request)
 *   if (decision.allowed !== true && decision.enforced !== false) return socket.destroy()
 *   sockets.handleUpgrade(request, socket, head, onConnection)
 * })
 * ```
 */
export function createReceiver(options: ReceiverOptions): Receiver {
  const settings = readSettings(options, readEnvironment())
  const decide = (call: IncomingCall) => decideCall(settings, call)
  settings.inForce.take(settings.rules.known().summary)
  return {
    check: async (call: IncomingCall): Promise<Decision> => decide(call),
    decide,
    ready: () => ready(settings),
    health: () => health(settings),
  }
}

async function ready({ rules, keys }: ReceiverSettings): Promise<void> {
  const { serviceAudience } = await rules.get()
  await Promise.all([serviceAudience.get(), keys.ready()])
}

function health({ rules, inForce, keys, tokenCache }: ReceiverSettings): ReceiverHealth {
  const { serviceAudience } = rules.known()
  const keysHealth = keys.health()
  const audienceError = serviceAudience.lastError()
  const { audiences: _, ...known } = inForce.known()
  return {
    version,
    rules: known,
    audiences: serviceAudience.known(),
    ...(audienceError !== undefined && { audienceError }),
    emulator: keysHealth.emulator,
    keys: keysHealth,
    tokenCache: { entries: tokenCache.size },
  }
}
