import type { RequestListener } from 'node:http'
import { loadPolicy, type PushSender } from '@countersign/policy'
import { type Emulator, type StartEmulatorOptions, startEmulator } from '../../src/index.ts'
import { type App, startApp } from '../app.ts'

export const ordersUrl = 'https://orders-123.us-central1.run.app'
export const pusher = 'pusher@acme.iam.gserviceaccount.com'
export const trigger = 'trigger@acme.iam.gserviceaccount.com'

export interface PushWorld extends AsyncDisposable {
  emulator: Emulator
  app: App
}

/** A push of each kind to a service behind its front door; `answer` is that service's app. */
export async function startPushWorld(
  answer?: RequestListener,
  options: Omit<StartEmulatorOptions, 'policy'> = {},
): Promise<PushWorld> {
  const [app, policy] = await Promise.all([startApp(answer), pushPolicy()])
  const emulator = await startEmulator({ policy, ...options })
  emulator.forwardTo('orders', app.url)
  const stop = async () => {
    await emulator.stop()
    await app[Symbol.asyncDispose]()
  }
  return { emulator, app, [Symbol.asyncDispose]: stop }
}

const shared = { serviceAccount: pusher, sharesAccount: true }

/** Each is named as its kind; `unaddressed` and `trigger` say no audience, and two name their methods. */
function pushPolicy() {
  const push = (kind: PushSender['kind']) => {
    const target = { to: 'orders', path: `/push/${kind}`, audience: ordersUrl }
    return { kind, ...shared, ...target }
  }
  return loadPolicy(
    {
      environments: {
        prod: {
          project: 'acme',
          projectNumber: '123',
          region: 'us-central1',
          accounts: '{service}-run',
        },
      },
      services: { orders: {} },
      pushes: {
        pubsub: push('pubsub'),
        'cloud-tasks': push('cloud-tasks'),
        'cloud-scheduler': push('cloud-scheduler'),
        eventarc: push('eventarc'),
        unaddressed: { kind: 'pubsub', ...shared, to: 'orders' },
        trigger: { kind: 'eventarc', serviceAccount: trigger, to: 'orders', path: '/events' },
        read: { ...push('cloud-tasks'), methods: ['GET', 'POST'] },
        replaced: { ...push('cloud-scheduler'), methods: ['PUT'] },
      },
    },
    { environment: 'prod' },
  )
}
