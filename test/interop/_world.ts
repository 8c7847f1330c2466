import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { callerOf, verifyCaller } from '@countersign/express'
import { loadPolicy, type Policy } from '@countersign/policy'
import express, { type Express } from 'express'
import { afterAll, vi } from 'vitest'
import { freePort } from '../free-port.ts'

/** Who calls, whom it may impersonate, and which token each has to ask for. */
export const login = 'login-run@acme.iam.gserviceaccount.com'
export const search = 'search-run@acme.iam.gserviceaccount.com'
export const audience = 'https://user-profiles-123.us-central1.run.app'

/** Where a client finds who it is. */
export type Credential = 'metadata' | 'key' | 'impersonation'

/** The emulator, and user-profiles behind its front door and a receiver. */
export interface World {
  readonly emulator: Emulator
  /** What is called: it tells who asked. */
  readonly url: string
  /** A home without anybody's credentials, and the folder of the credentials files. */
  readonly home: string
  /** Credentials files, by what they make of a client. */
  readonly files: Readonly<Record<'key' | 'impersonation', string>>
}

/** Starts all of it, until the tests of the file are over. */
export async function startWorld(): Promise<World> {
  const port = await freePort()
  const frontDoor = `http://127.0.0.1:${port}`
  const policy = await loadPolicy(services([`${frontDoor}/`, `${frontDoor}/profiles/7`]))
  const emulator = await startEmulator({ policy, frontDoorPorts: { 'user-profiles': port } })
  vi.stubEnv('COUNTERSIGN_EMULATOR', emulator.url)
  const app = await listen(userProfiles(policy))
  emulator.forwardTo('user-profiles', app.url)
  const home = await mkdtemp(join(tmpdir(), 'countersign-interop-'))
  afterAll(async () => {
    vi.unstubAllEnvs()
    app.close()
    await emulator.stop()
    await rm(home, { recursive: true })
  })
  return { emulator, home, url: `${frontDoor}/profiles/7`, files: await writeFiles(emulator, home) }
}

/** user-profiles' audiences hold what Google's samples send: the URL that they call, or its root. */
function services(audiences: string[]) {
  return {
    services: {
      login: { serviceAccount: login, calls: { 'user-profiles': {} } },
      search: { serviceAccount: search, calls: { 'user-profiles': {} } },
      'user-profiles': {
        url: audience,
        audiences,
        serviceAccount: 'user-profiles-run@acme.iam.gserviceaccount.com',
      },
    },
  }
}

function userProfiles(policy: Policy): Express {
  const app = express()
  app.use(verifyCaller(policy.receiver('user-profiles')))
  app.get('/profiles/:id', (req, res) => res.json({ asked: callerOf(req).email }))
  return app
}

async function writeFiles(emulator: Emulator, folder: string): Promise<World['files']> {
  const files = { key: join(folder, 'key.json'), impersonation: join(folder, 'impersonation.json') }
  await writeFile(files.key, JSON.stringify(await emulator.serviceAccountKey('login')))
  const become = `${emulator.url}/v1/projects/-/serviceAccounts/${search}:generateAccessToken`
  const impersonation = {
    type: 'impersonated_service_account',
    service_account_impersonation_url: become,
    delegates: [],
    source_credentials: await emulator.serviceAccountKey('login'),
  }
  await writeFile(files.impersonation, JSON.stringify(impersonation))
  return files
}

async function listen(listener: RequestListener): Promise<{ url: string; close(): void }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}
