import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { loadPolicy } from '@countersign/policy'
import { createReceiver, googleKeys, type Receiver } from '@countersign/receiver'
import { onTestFinished } from 'vitest'

export const profilesUrl = 'https://user-profiles-123.us-central1.run.app'
export const loginEmail = 'login-run@acme.iam.gserviceaccount.com'

export const pusher = 'pusher@acme.iam.gserviceaccount.com'

/** A running emulator, and the option with which a command finds it. */
export interface Emulated {
  emulator: Emulator
  at: readonly ['--emulator', string]
}

/** login may call user-profiles, search may not, and cron is called by nobody. */
export async function startEmulated(): Promise<Emulated> {
  const policy = await loadPolicy(
    {
      environments: {
        test: {
          project: 'acme',
          projectNumber: '123',
          region: 'us-central1',
          accounts: '{service}-run',
        },
      },
      services: {
        login: { calls: { 'user-profiles': { methods: ['GET', 'POST'] } } },
        'user-profiles': {},
        search: {},
        cron: { project: 'acme-jobs', calls: { search: {} } },
      },
      pushes: {
        orders: {
          kind: 'pubsub',
          serviceAccount: pusher,
          sharesAccount: true,
          audience: profilesUrl,
          to: 'user-profiles',
          path: '/push/orders',
        },
        unaddressed: {
          kind: 'pubsub',
          serviceAccount: pusher,
          sharesAccount: true,
          to: 'user-profiles',
          path: '/push/orders',
        },
      },
    },
    { environment: 'test' },
  )
  const emulator = await startEmulator({ policy })
  onTestFinished(() => emulator.stop())
  return { emulator, at: ['--emulator', emulator.url] }
}

/** What user-profiles trusts: the emulator's keys, and login. */
export function profilesReceiver(emulator: Emulator): Receiver {
  const keys = googleKeys({ url: `${emulator.url}/oauth2/v3/certs` })
  return createReceiver({ audience: profilesUrl, allow: [loginEmail], keys, log: false })
}

/** Puts an app behind user-profiles' front door. */
export async function runProfiles(emulator: Emulator, app: RequestListener): Promise<void> {
  const server = createServer(app).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  emulator.forwardTo('user-profiles', `http://127.0.0.1:${port}`)
}
