import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { loadPolicy } from '@countersign/policy'

type Call = readonly [from: string | null, to: string, path: string, afterAudience?: string]

/** Calls of the examples: most succeed, and each kind of refusal occurs. */
const calls: readonly Call[] = [
  ['login', 'user-profiles', '/profiles/7'],
  ['website', 'login', '/login/7'],
  ['login', 'user-profiles', '/profiles/9'],
  ['website', 'search', '/search?q=ada'],
  ['search', 'user-profiles', '/profiles/7'],
  ['website', 'login', '/login/9'],
  [null, 'search', '/search?q=ada'],
  ['website', 'search', '/search?q=grace'],
  ['login', 'user-profiles', '/profiles/12', '/profiles/12'],
  ['website', 'login', '/login/12'],
]

/** Starts an emulator with the policy of the examples and a push, and one app for all services. */
export async function startExamples(): Promise<Emulator> {
  const emulator = await startEmulator({ policy: await examplePolicy() })
  const app = createServer((req, res) =>
    res.writeHead(req.url?.startsWith('/push') ? 503 : 200).end(),
  )
  await new Promise<void>((listening) => app.listen(0, '127.0.0.1', listening))
  const { port } = app.address() as AddressInfo
  const names = ['website', 'login', 'user-profiles', 'search']
  for (const name of names) emulator.forwardTo(name, `http://127.0.0.1:${port}`)
  return emulator
}

/**
 * Makes the calls, a forged one, one that a drill answers, and a push that is retried.
 */
export async function useExamples(emulator: Emulator): Promise<void> {
  for (const call of [...calls, ...calls]) await callOnce(emulator, call)
  await callForged(emulator)
  const drill = { fault: { kind: 'html' }, endpoint: 'front-door', times: 1 } as const
  await emulator.drill(drill)
  await callOnce(emulator, ['website', 'login', '/login/7'])
  await emulator.push('orders', { maxAttempts: 3, speed: 10_000, data: { order: 7 } })
  await emulator.drill({ fault: { kind: 'status', status: 503 }, endpoint: 'identity' })
}

async function examplePolicy() {
  const file = new URL('../../examples/countersign.jsonc', import.meta.url)
  const { services } = await loadPolicy(fileURLToPath(file), { environment: 'prod' })
  const entries = [...services.values()].map(({ name, url, serviceAccount, calls: declared }) => {
    const to = Object.fromEntries([...declared].map(([receiver]) => [receiver, {}]))
    return [name, { ...(url && { url }), serviceAccount, calls: to }]
  })
  const orders = {
    kind: 'pubsub',
    serviceAccount: 'pusher@acme.iam.gserviceaccount.com',
    to: 'search',
    path: '/push/orders',
    audience: services.get('search')?.url ?? '',
  } as const
  return loadPolicy({ services: Object.fromEntries(entries), pushes: { orders } })
}

async function callOnce(emulator: Emulator, [as, to, path, suffix = '']: Call): Promise<void> {
  const audience = `https://${to}-123456789012.us-central1.run.app${suffix}`
  const host = as === null ? undefined : emulator.env(as).GCE_METADATA_HOST
  const token = host === undefined ? undefined : await tokenOf(host, audience)
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  await fetch(emulator.frontDoor(to) + path, { headers })
}

async function callForged(emulator: Emulator): Promise<void> {
  const claims = { email: 'login-run@acme.iam.gserviceaccount.com', sub: '1' }
  const parts = [{ alg: 'none' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const headers = { authorization: `Bearer ${parts.join('.')}.` }
  await fetch(`${emulator.frontDoor('user-profiles')}/profiles/1`, { headers })
}

async function tokenOf(host: string, audience: string): Promise<string> {
  const query = new URLSearchParams({ audience, format: 'full' })
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?${query}`
  return (await fetch(url, { headers: { 'metadata-flavor': 'Google' } })).text()
}
