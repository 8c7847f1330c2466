import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  ExternalAccountClient,
  Impersonated,
  JWT,
  OAuth2Client,
  UserRefreshClient,
} from 'google-auth-library'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { type App, startApp } from './app.ts'
import { loginEmail, profilesUrl, samplePolicy } from './policy.ts'

const script = new URL('./clients/google-auth-library.mjs', import.meta.url).pathname

let emulator: Emulator
let app: App
let home: string
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
  app = await startApp((_, res) => res.end('profile 7'))
  emulator.forwardTo('user-profiles', app.url)
  home = await mkdtemp(join(tmpdir(), 'home-'))
})
afterAll(async () => {
  await emulator.stop()
  await app[Symbol.asyncDispose]()
  await rm(home, { recursive: true })
})

/** Calls user-profiles in a process of its own, as `service`. */
async function callAs(service: string): Promise<{ status: number; data: unknown }> {
  const args = [script, `${emulator.frontDoor('user-profiles')}/profiles/7`, profilesUrl]
  const env = { PATH: process.env.PATH, HOME: home, ...emulator.env(service) }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout)
}

/** Sends what goes to Google's hosts, which the library hard-codes, to the emulator. */
const fetchFromEmulator: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  return fetch(new URL(url.pathname + url.search, emulator.url), init)
}

function verifier(): OAuth2Client {
  const certs = `${emulator.url}/oauth2/v1/certs`
  return new OAuth2Client({ endpoints: { oauth2FederatedSignonPemCertsUrl: certs } })
}

test('unmodified, in a process of its own, it gets through the front door as login', async () => {
  expect(await callAs('login')).toEqual({ status: 200, data: 'profile 7' })
  expect(emulator.requests.at(-1)).toMatchObject({ account: loginEmail, status: 200 })
})

test('so it does in a home with gcloud’s user credentials', async () => {
  const folder = join(home, '.config', 'gcloud')
  await mkdir(folder, { recursive: true })
  const credentials = {
    type: 'authorized_user',
    client_id: 'a',
    client_secret: 'b',
    refresh_token: 'c',
  }
  await writeFile(join(folder, 'application_default_credentials.json'), JSON.stringify(credentials))
  expect(await callAs('login')).toEqual({ status: 200, data: 'profile 7' })
})

test('as search it is refused: search may not call user-profiles', async () => {
  await expect(callAs('search')).rejects.toThrow(/403/)
})

test('its verifier accepts our tokens with our certificates', async () => {
  const idToken = await emulator.idToken('login', profilesUrl)
  const ticket = await verifier().verifyIdToken({ idToken, audience: profilesUrl })
  expect(ticket.getPayload()).toMatchObject({ email: loginEmail, email_verified: true })
})

test('its verifier refuses another audience', async () => {
  const idToken = await emulator.idToken('login', profilesUrl)
  const verifying = verifier().verifyIdToken({ idToken, audience: 'https://search.example' })
  await expect(verifying).rejects.toThrow('Wrong recipient')
})

test('with a key file it gets an ID token that its verifier accepts', async () => {
  const { client_email: email, private_key: key } = await emulator.serviceAccountKey('login')
  const transporterOptions = { fetchImplementation: fetchFromEmulator }
  const idToken = await new JWT({ email, key, transporterOptions }).fetchIdToken(profilesUrl)
  const ticket = await verifier().verifyIdToken({ idToken, audience: profilesUrl })
  expect(ticket.getPayload()?.email).toBe(loginEmail)
})

test('with impersonation it gets an ID token of the other account', async () => {
  const { client_email: email, private_key: key } = await emulator.serviceAccountKey('login')
  const transporterOptions = { fetchImplementation: fetchFromEmulator }
  const sourceClient = new JWT({ email, key, scopes: ['any'], transporterOptions })
  const targetPrincipal = 'search-run@acme.iam.gserviceaccount.com'
  const impersonated = new Impersonated({ sourceClient, targetPrincipal, transporterOptions })
  const idToken = await impersonated.fetchIdToken(profilesUrl, { includeEmail: true })
  const ticket = await verifier().verifyIdToken({ idToken, audience: profilesUrl })
  expect(ticket.getPayload()?.email).toBe(targetPrincipal)
})

test('with a person’s credentials it gets the client’s ID token, whatever it asks for', async () => {
  const file = emulator.userCredentials('ada@acme.example')
  const transporterOptions = { fetchImplementation: fetchFromEmulator }
  const client = new UserRefreshClient({
    clientId: file.client_id,
    clientSecret: file.client_secret,
    refreshToken: file.refresh_token,
    transporterOptions,
  })
  const idToken = await client.fetchIdToken(profilesUrl)
  const ticket = await verifier().verifyIdToken({ idToken, audience: file.client_id })
  expect(ticket.getPayload()?.email).toBe('ada@acme.example')
  expect((await client.getAccessToken()).token).toMatch(/^ya29\./)
})

test('with a federation it becomes the service account, nothing rerouted', async () => {
  const client = ExternalAccountClient.fromJSON(emulator.federation('login'))
  const url = `${emulator.url}/v1/projects/-/serviceAccounts/${loginEmail}:generateIdToken`
  const data = { audience: profilesUrl, includeEmail: true }
  const answer = await client?.request<{ token: string }>({ url, method: 'POST', data })
  const idToken = answer?.data.token ?? ''
  const ticket = await verifier().verifyIdToken({ idToken, audience: profilesUrl })
  expect(ticket.getPayload()?.email).toBe(loginEmail)
  const trail = emulator.requests.slice(-5).map(({ endpoint }) => endpoint)
  expect(trail).toEqual([
    'subject-token',
    'sts',
    'generate-access-token',
    'generate-id-token',
    'certs',
  ])
})

test('with a federation from AWS it becomes the service account, nothing rerouted', async () => {
  const names = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ACCESS_KEY_ID']
  for (const name of names) vi.stubEnv(name, undefined)
  const client = ExternalAccountClient.fromJSON(emulator.awsFederation('login'))
  const url = `${emulator.url}/v1/projects/-/serviceAccounts/${loginEmail}:generateIdToken`
  const data = { audience: profilesUrl, includeEmail: true }
  const answer = await client?.request<{ token: string }>({ url, method: 'POST', data })
  vi.unstubAllEnvs()
  const idToken = answer?.data.token ?? ''
  const ticket = await verifier().verifyIdToken({ idToken, audience: profilesUrl })
  expect(ticket.getPayload()?.email).toBe(loginEmail)
  const trail = emulator.requests.slice(-9).map(({ endpoint }) => endpoint)
  expect(trail).toEqual([
    ...Array.from({ length: 5 }, () => 'aws-instance'),
    'sts',
    'generate-access-token',
    'generate-id-token',
    'certs',
  ])
})
