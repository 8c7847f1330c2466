/**
 * Takes pictures of the page, light and dark, wide and narrow, for a look at them and for the docs:
 *
 *     node --conditions=@countersign/source test/page/take-screenshots.ts FOLDER
 */
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { loadPolicy } from '@countersign/policy'
import { buildPage } from '../../scripts/build-page.ts'
import { startChromium } from './_chromium.ts'

const folder = process.argv[2] ?? 'screenshots'
const sizes = { wide: { width: 1280, height: 760 }, narrow: { width: 360, height: 740 } }
type Call = readonly [from: string | null, to: string, path: string, afterAudience?: string]
const calls: readonly Call[] = [
  ['login', 'user-profiles', '/profiles/7'],
  ['website', 'login', '/login/7'],
  ['login', 'user-profiles', '/profiles/9'],
  ['website', 'search', '/search?q=ada'],
  ['search', 'user-profiles', '/profiles/7'],
  ['website', 'login', '/login/9'],
  [null, 'search', '/search?q=ada'],
  ['website', 'search', '/search?q=grace'],
  ['login', 'user-profiles', '/profiles/12', '/'],
  ['website', 'login', '/login/12'],
]

mkdirSync(folder, { recursive: true })
await buildPage()
const emulator = await startExamples()
for (const call of [...calls, ...calls]) await callOnce(emulator, call)
await emulator.push('orders', { maxAttempts: 3, speed: 10_000, data: { order: 7 } })
await emulator.drill({ fault: { kind: 'status', status: 503 }, endpoint: 'identity' })
const refused = emulator.events.kept.findLast(
  (event) => event.type === 'call' && event.code === 'token_invalid',
)
const paths = {
  calls: '/',
  call: `/?call=${refused?.id}`,
  graph: '/?view=graph&from=search&to=user-profiles',
  pushes: '/?view=pushes',
  drills: '/?view=drills',
  inspector: '/?view=inspector',
}

const browser = await startChromium()
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of Object.entries(sizes)) {
    const context = await browser.newContext({ colorScheme, viewport })
    const page = await context.newPage()
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(emulator.url + path)
      await page.getByText('Live', { exact: true }).waitFor()
      if (name === 'inspector') {
        await page
          .getByLabel('ID token')
          .fill(await emulator.idToken('login', 'https://search-123.us-central1.run.app/'))
      }
      await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png` })
    }
    await context.close()
  }
}
await takeForDocs('call', 'light')
await takeForDocs('graph', 'dark')
await browser.close()
await emulator.stop()
process.exit()

/** Smaller, so that they stay small as files: the two of the guide. */
async function takeForDocs(name: 'call' | 'graph', colorScheme: 'light' | 'dark'): Promise<void> {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1240, height: 470 } })
  const page = await context.newPage()
  await page.goto(emulator.url + paths[name])
  await page.getByText('Live', { exact: true }).waitFor()
  await page.screenshot({ path: `${folder}/docs-${name}.png` })
  await context.close()
}

/** The policy of the examples, with a push, and one app that answers for all services. */
async function startExamples(): Promise<Emulator> {
  const file = new URL('../../examples/countersign.jsonc', import.meta.url)
  const { services } = await loadPolicy(fileURLToPath(file), { environment: 'prod' })
  const policy = await loadPolicy({
    services: Object.fromEntries(
      [...services.values()].map(({ name, url, serviceAccount, calls: declared }) => [
        name,
        {
          ...(url && { url }),
          serviceAccount,
          calls: Object.fromEntries([...declared].map(([to]) => [to, {}])),
        },
      ]),
    ),
    pushes: {
      orders: {
        kind: 'pubsub',
        serviceAccount: 'pusher@acme.iam.gserviceaccount.com',
        to: 'search',
        path: '/push/orders',
        audience: services.get('search')?.url ?? '',
      },
    },
  })
  const started = await startEmulator({ policy })
  const app = createServer((req, res) =>
    res.writeHead(req.url?.startsWith('/push') ? 503 : 200).end(),
  )
  await new Promise<void>((listening) => app.listen(0, '127.0.0.1', listening))
  const { port } = app.address() as AddressInfo
  for (const name of policy.services.keys()) started.forwardTo(name, `http://127.0.0.1:${port}`)
  return started
}

async function callOnce(
  { env, frontDoor }: Emulator,
  [as, to, path, suffix = '']: Call,
): Promise<void> {
  const audience = `https://${to}-123456789012.us-central1.run.app${suffix}`
  const token = as === null ? undefined : await tokenOf(env(as).GCE_METADATA_HOST, audience)
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  await fetch(frontDoor(to) + path, { headers })
}

async function tokenOf(host: string | undefined, audience: string): Promise<string> {
  const query = new URLSearchParams({ audience, format: 'full' })
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?${query}`
  return (await fetch(url, { headers: { 'metadata-flavor': 'Google' } })).text()
}
