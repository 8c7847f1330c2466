import { type Emulator, type StartEmulatorOptions, startEmulator } from '@countersign/emulator'
import { verifyCaller } from '@countersign/express'
import { loadPolicy, type Policy, type PolicyFile } from '@countersign/policy'
import { googleKeys } from '@countersign/receiver'
import express from 'express'
import { onTestFinished } from 'vitest'
import { listen } from '../adapters/listen.ts'

/** An emulator, and a service behind its front door. */
export interface World {
  emulator: Emulator
  policy: Policy
  /** Calls user-profiles; resolves to the status. */
  call(options?: CallOptions): Promise<number>
}

interface CallOptions {
  /** A service; `null`: no token. @default 'login' */
  as?: string | null
  method?: string
  path?: string
  /** The audience of the token that the front door reads. */
  audience?: string
  /** The audience of the token that the service reads, if it is a different token. */
  audienceForApp?: string
  headers?: Record<string, string>
  /** Aborts the call. */
  signal?: AbortSignal
}

export const profilesUrl = 'https://user-profiles-123.us-central1.run.app'

/** A policy that does not declare calls from search to user-profiles. */
const services: PolicyFile = {
  environments: {
    prod: {
      project: 'acme',
      projectNumber: '123',
      region: 'us-central1',
      accounts: '{service}-run',
    },
  },
  services: {
    website: { calls: { login: {} } },
    login: { calls: { 'user-profiles': { methods: ['GET'], paths: ['/profiles/:id'] } } },
    'user-profiles': {},
    search: {},
  },
  pushes: {
    orders: {
      kind: 'pubsub',
      serviceAccount: 'pusher@acme.iam.gserviceaccount.com',
      to: 'search',
      path: '/push/orders',
      audience: 'https://search-123.us-central1.run.app',
    },
    // Without an audience, so that its private service refuses it.
    invoices: {
      kind: 'pubsub',
      serviceAccount: 'invoices@acme.iam.gserviceaccount.com',
      to: 'search',
      path: '/push/invoices',
    },
  },
}

/**
 * Starts the emulator and the service.
 *
 * @param options the emulator's, such as where it listens and which file gets its events
 */
export async function startWorld(
  options: Omit<StartEmulatorOptions, 'policy'> = {},
): Promise<World> {
  const policy = await loadPolicy(services, { environment: 'prod' })
  const emulator = await startEmulator({ policy, ...options })
  onTestFinished(() => emulator.stop())
  emulator.forwardTo('user-profiles', await listen(userProfiles(policy, emulator)))
  return { emulator, policy, call: (options = {}) => call(emulator, options) }
}

function userProfiles(policy: Policy, emulator: Emulator): express.Express {
  const keys = googleKeys({ url: `${emulator.url}/oauth2/v3/certs` })
  const app = express()
  app.use(verifyCaller({ ...policy.receiver('user-profiles'), keys, log: false }))
  app.get('/profiles/:id', (req, res) => res.json({ asked: req.caller?.email }))
  return app
}

async function call(emulator: Emulator, options: CallOptions): Promise<number> {
  const { as = 'login', method = 'GET', path = '/profiles/7', headers = {}, signal } = options
  const answer = await fetch(emulator.frontDoor('user-profiles') + path, {
    method,
    headers: { ...(as !== null && (await tokensOf(emulator, as, options))), ...headers },
    ...(signal && { signal }),
  })
  await answer.arrayBuffer()
  return answer.status
}

async function tokensOf(emulator: Emulator, as: string, options: CallOptions) {
  const { audience = profilesUrl, audienceForApp } = options
  const forDoor = `Bearer ${await tokenOf(emulator, as, audience)}`
  if (audienceForApp === undefined) return { authorization: forDoor }
  const authorization = `Bearer ${await tokenOf(emulator, as, audienceForApp)}`
  return { authorization, 'x-serverless-authorization': forDoor }
}

/** Gets a token from the metadata server, like a service. */
async function tokenOf(emulator: Emulator, service: string, audience: string): Promise<string> {
  const host = emulator.env(service).GCE_METADATA_HOST
  const path = '/computeMetadata/v1/instance/service-accounts/default/identity'
  const query = new URLSearchParams({ audience, format: 'full' })
  const headers = { 'metadata-flavor': 'Google' }
  const answer = await fetch(`http://${host}${path}?${query}`, { headers })
  return answer.text()
}
