/**
 * login's process, as the recipes find it: its metadata server, user-profiles behind Cloud Run's front
 * door and a receiver, and a stranger that nobody listed.
 */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { callerOf, verifyCaller } from '@countersign/express'
import { loadPolicy } from '@countersign/policy'
import express, { type Express } from 'express'
import { afterAll, afterEach, vi } from 'vitest'

/** Who has to show up as the caller, and for which service. */
export const login = 'login-run@acme.iam.gserviceaccount.com'
export const audience = 'https://user-profiles-123.us-central1.run.app'

/** Where a call has to arrive, and where it must not. */
export interface World {
  readonly emulator: Emulator
  /** The URL of user-profiles' front door. */
  readonly userProfiles: string
  /** What came to user-profiles, refused calls too. */
  readonly arrived: Arrival[]
  /** A server on no list: where redirects lead. */
  readonly stranger: { readonly url: string; readonly arrived: Arrival[] }
}

/** A request as it came. */
interface Arrival {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Resolves when its connection is done with it: answered or given up. */
  readonly closed: Promise<void>
}

/**
 * Starts all of it, and sets this process's environment to login's. Import the recipes afterwards.
 *
 * @param routes what user-profiles answers beside what every test needs
 * @param urls where services are that have no front door
 */
export async function startWorld(
  routes: (app: Express) => void = () => {},
  urls: Record<string, string> = {},
): Promise<World> {
  const file = new URL('./recipes/countersign.jsonc', import.meta.url)
  const emulator = await startEmulator({ policy: await loadPolicy(file) })
  afterAll(() => emulator.stop())
  beLogin(emulator, urls)
  const arrived: Arrival[] = []
  const stranger = { arrived: [] as Arrival[], url: '' }
  stranger.url = await listen(noting(stranger.arrived, (_, response) => response.end('{}')))
  const app = await profilesApp(stranger.url, routes)
  emulator.forwardTo('user-profiles', await listen(noting(arrived, app)))
  afterEach(() => {
    arrived.length = 0
    stranger.arrived.length = 0
  })
  return { emulator, userProfiles: emulator.frontDoor('user-profiles'), arrived, stranger }
}

function beLogin(emulator: Emulator, urls: Record<string, string>): void {
  const { COUNTERSIGN_SERVICE_URLS: frontDoors = '{}', ...env } = emulator.env('login')
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  vi.stubEnv('COUNTERSIGN_SERVICE_URLS', JSON.stringify({ ...JSON.parse(frontDoors), ...urls }))
  vi.stubEnv('COUNTERSIGN_MODE', undefined)
  afterAll(() => vi.unstubAllEnvs())
}

async function profilesApp(
  stranger: string,
  routes: (app: Express) => void,
): Promise<RequestListener> {
  const policy = await loadPolicy(new URL('./recipes/countersign.jsonc', import.meta.url))
  const app = express()
  app.use(verifyCaller({ ...policy.receiver('user-profiles'), log: false }))
  app.use('/redirect/:status', (req, res) => {
    res.redirect(Number(req.params.status), `${stranger}/trap`)
  })
  app.use('/slow', () => {})
  app.use('/status/:status', (req, res) => void res.status(Number(req.params.status)).json({}))
  routes(app)
  app.get('/profiles/none', (_req, res) => void res.status(404).json({ title: 'no such profile' }))
  app.get('/profiles/:id', (req, res) => {
    const { email, audience } = callerOf(req)
    res.json({ id: req.params.id, asked: email, audience })
  })
  app.post('/profiles', express.json(), (req, res) => void res.json(req.body))
  return app
}

function noting(arrived: Arrival[], answer: RequestListener): RequestListener {
  return (request, response) => {
    const { method = '', url = '', headers } = request
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    response.on('close', resolve)
    arrived.push({ method, url, headers, closed })
    answer(request, response)
  }
}

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
