import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { loadPolicy } from '@countersign/policy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'

/** What docs/guides/migrate.md says of before and after: each block runs, and is called in the same four ways. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = await readFile(join(root, 'docs/guides/migrate.md'), 'utf8')
const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)
const receiving = blocks.filter((code) => code.includes('app.listen'))
const calling = blocks.filter((code) => !code.includes('app.listen'))

const audience = 'https://user-profiles-123.us-central1.run.app'
const policy = await loadPolicy(
  {
    environments: {
      prod: {
        project: 'acme',
        projectNumber: '123',
        region: 'us-central1',
        accounts: '{service}-run',
      },
    },
    services: { login: { calls: { 'user-profiles': {} } }, stranger: {}, 'user-profiles': {} },
  },
  { environment: 'prod' },
)

let emulator: Emulator
let folder: string

beforeAll(async () => {
  emulator = await startEmulator({ policy })
  folder = await mkdtemp(join(root, 'test/.examples-'))
})

afterAll(async () => {
  await emulator.stop()
  await rm(folder, { recursive: true })
})

/** What is Google's in the blocks is the emulator's here. */
function here(code: string): string {
  const certificates = `{ endpoints: { oauth2FederatedSignonPemCertsUrl: '${emulator.url}/oauth2/v1/certs' } }`
  return code
    .replace('https://www.googleapis.com/oauth2/v3/certs', `${emulator.url}/oauth2/v3/certs`)
    .replace('new OAuth2Client()', `new OAuth2Client(${certificates})`)
}

async function start(code: string, service: string, env: Record<string, string> = {}) {
  const file = join(folder, `${Math.random()}.ts`)
  await writeFile(file, here(code))
  const args = ['--conditions=@countersign/source', file]
  const all = { ...process.env, ...emulator.env(service), ...env }
  return spawn(process.execPath, args, { cwd: folder, env: all })
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isThere = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isThere
}

/** The answers to a listed caller, a stranger, a token for another service, and no token. */
async function answersOf(code: string): Promise<number[]> {
  const port = await freePort()
  const child = await start(code, 'user-profiles', { PORT: `${port}` })
  try {
    while (!(await listens(port))) {
      if (child.exitCode !== null) throw new Error(await text(child.stderr))
      await sleep(50)
    }
    const tokens = [
      await emulator.idToken('login', audience),
      await emulator.idToken('stranger', audience),
      await emulator.idToken('login', 'https://else.acme.example'),
    ]
    const headers = [...tokens.map((token) => ({ authorization: `Bearer ${token}` })), {}]
    const url = `http://127.0.0.1:${port}/profiles/7`
    return await Promise.all(
      headers.map(async (one) => (await fetch(url, { headers: one })).status),
    )
  } finally {
    child.kill()
  }
}

test('the page has these blocks', () => {
  expect(receiving.map((code) => code.split('\n')[0])).toEqual([
    ...['// before', '// after', '// before', '// after', '// before'],
  ])
  expect(calling.map((code) => code.split('\n')[0])).toEqual(['// before', '// after'])
})

test('google-auth-library: the same answers', async () => {
  expect(await answersOf(receiving[0] ?? '')).toEqual([200, 403, 401, 401])
  expect(await answersOf(receiving[1] ?? '')).toEqual([200, 403, 401, 401])
})

test('express-jwt lets a stranger in', async () => {
  expect(await answersOf(receiving[2] ?? '')).toEqual([200, 200, 401, 401])
  expect(await answersOf(receiving[3] ?? '')).toEqual([200, 403, 401, 401])
})

test('express-oauth2-jwt-bearer answers a stranger with 401', async () => {
  expect(await answersOf(receiving[4] ?? '')).toEqual([200, 401, 401, 401])
})

test.each([0, 1])('calling, block %i: the answer arrives, asked with a token', async (index) => {
  const seen: IncomingMessage['headers'][] = []
  const service = createServer((request, response) => {
    seen.push(request.headers)
    response.setHeader('content-type', 'application/json').end('{"id":"7"}')
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
  const { port } = service.address() as AddressInfo
  // Its URL leads here; its audience stays.
  const code = (calling[index] ?? '')
    .replaceAll(/`\$\{url\}\//g, `\`http://127.0.0.1:${port}/`)
    .replace('targets: [url]', `targets: [{ url: 'http://127.0.0.1:${port}', audience: url }]`)
  const child = await start(code, 'login')
  const [printed, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  service.close()
  expect(printed, complaints).toContain("id: '7'")
  expect(seen).toHaveLength(1)
  const [, claims = ''] = seen[0]?.authorization?.split('.') ?? []
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    aud: audience,
    email: 'login-run@acme.iam.gserviceaccount.com',
  })
})
