import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServiceFetch, type IdentitySource, type Target } from '@countersign/caller'
import { type Emulator, type Endpoint, startEmulator } from '@countersign/emulator'
import { verifyCaller } from '@countersign/express'
import { loadPolicy, type Policy } from '@countersign/policy'
import express from 'express'
import { onTestFinished, vi } from 'vitest'
import { listen } from '../adapters/listen.ts'

/** Who calls by itself, whom it may impersonate, and who stands in between. */
export const login = 'login-run@acme.iam.gserviceaccount.com'
export const search = 'search-run@acme.iam.gserviceaccount.com'
export const middle = 'middle@acme.iam.gserviceaccount.com'

/** The emulator, and a service behind its front door that lets in login and search. */
export interface World {
  emulator: Emulator
  policy: Policy
  /** The service itself, for another server in front of it. */
  app: express.Express
  /** Calls it with such an identity: its status, and as whom it was asked. */
  ask(identity?: IdentitySource): Promise<{ status: number; asked: string }>
  /** What of Google was asked since the start, but for keys and the front door. */
  endpoints(): Endpoint[]
  /** Writes a file into a folder that goes with the test. */
  write(name: string, content: unknown): Promise<string>
}

/** Starts both, with the environment that the emulator gives to login. */
export async function startWorld(): Promise<World> {
  const emulator = await startEmulator({ policy: await loadPolicy(services) })
  const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'))
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await emulator.stop()
    await rm(folder, { recursive: true })
  })
  const env = { ...emulator.env('login'), COUNTERSIGN_AUDIENCE: undefined }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const policy = await loadPolicy(services)
  const app = userProfiles(policy)
  emulator.forwardTo('user-profiles', await listen(app))
  return {
    emulator,
    policy,
    app,
    ask: (identity) => ask(policy, identity),
    endpoints: () => emulator.requests.map(({ endpoint }) => endpoint).filter(isOfTokens),
    async write(name, content) {
      const path = join(folder, name)
      await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
      return path
    },
  }
}

const services = {
  services: {
    login: { serviceAccount: login, calls: { 'user-profiles': {} } },
    search: { serviceAccount: search, calls: { 'user-profiles': {} } },
    middle: { serviceAccount: middle },
    'user-profiles': {
      url: 'https://user-profiles-123.us-central1.run.app',
      serviceAccount: 'user-profiles-run@acme.iam.gserviceaccount.com',
    },
  },
}

function userProfiles(policy: Policy): express.Express {
  const app = express()
  app.use(verifyCaller(policy.receiver('user-profiles')))
  app.get('/profiles/:id', (req, res) => res.json({ asked: req.caller?.email }))
  return app
}

async function ask(policy: Policy, identity: IdentitySource | undefined) {
  const options = { ...policy.caller('login'), ...(identity && { identity }) }
  const answer = await createServiceFetch(options).to('user-profiles')('/profiles/7')
  const { asked } = (await answer.json()) as { asked: string }
  return { status: answer.status, asked }
}

/** Refused calls are reported to the emulator's own API. */
const others: readonly Endpoint[] = ['jwks', 'front-door', 'control']

function isOfTokens(endpoint: Endpoint): boolean {
  return !others.includes(endpoint)
}

/** The service's front door, as a target. */
export function targetIn({ policy, emulator }: World): Target {
  const audience = policy.services.get('user-profiles')?.url ?? ''
  return { url: emulator.frontDoor('user-profiles'), audience }
}
