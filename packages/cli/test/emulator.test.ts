import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run, start } from './command.ts'
import { policyWith } from './policy.ts'

const emulator = ['emulator', '-e', 'test', '--port']

test('it says where it is, and serves keys until it is stopped', async () => {
  const started = start([...emulator, '0', await policyWith({ api: {}, web: {} }), '--json'])
  const [line] = await started.said(/^{.*}$/m)
  const { url, services } = JSON.parse(line)
  expect(Object.keys(services)).toEqual(['api', 'web'])
  expect((await fetch(`${url}/oauth2/v3/certs`)).status).toBe(200)
  started.child.kill('SIGINT')
  expect(await started.exit).toBe(0)
  await expect(fetch(url)).rejects.toThrow()
})

test('it says that a page is there too', async () => {
  const started = start([...emulator, '0', await policyWith({ api: {} })])
  await started.said(/^The emulator and its page are at http:\/\/127\.0\.0\.1:\d+\./)
})

test('where none of several environments is chosen it says how this command is told', async () => {
  const environments = ['test', 'prod']
  const policy = await policyWith({ api: {} }, {}, {}, { environments })
  const { code, stderr } = await run(['emulator', '--port', '0', policy])
  expect(stderr).toBe(
    'error: the policy has environments ("test", "prod"), and none was chosen\n' +
      'Write -e NAME with one of them, or set COUNTERSIGN_ENVIRONMENT.\n',
  )
  expect(code).toBe(2)
})

test('the only environment of a policy need not be chosen', async () => {
  const started = start(['emulator', '--port', '0', '--json', await policyWith({ api: {} })])
  const [line] = await started.said(/^{.*}$/m)
  expect(JSON.parse(line).services).toHaveProperty('api')
})

test('COUNTERSIGN_ENVIRONMENT counts, also beside a single environment', async () => {
  const env = { COUNTERSIGN_ENVIRONMENT: 'prod' }
  const policy = await policyWith({ api: {} })
  const { code, stderr } = await run(['emulator', '--port', '0', policy], { env })
  expect([code, stderr]).toEqual([2, expect.stringContaining('no environment "prod"')])
})

test('a port that is taken ends with 3, and says what to do', async () => {
  const policy = await policyWith({ api: {} })
  const first = start([...emulator, '0', policy])
  const [, port = ''] = await first.said(/127\.0\.0\.1:(\d+)/)
  const { code, stderr } = await run([...emulator, port, policy])
  expect(stderr).toContain('the Google APIs and the page: listen EADDRINUSE')
  expect(stderr).toContain('--port 0 for free ports')
  expect(code).toBe(3)
})

test('a wrong policy ends with 2, and is told line by line', async () => {
  const { code, stderr } = await run([...emulator, '0', await policyWith({ api: { cals: {} } })])
  expect(stderr).toContain('did you mean "calls"?')
  expect(code).toBe(2)
})

test('a service whose name is markup is refused before it is on any page', async () => {
  const policy = await policyWith({ '<script>alert(1)</script>': {} })
  const { code, stderr } = await run([...emulator, '0', policy])
  expect(stderr).toContain('is "<script>alert(1)</script>": write a name of lower-case letters')
  expect(code).toBe(2)
})

test("what is published at Google's Pub/Sub emulator is looked for where it is said to be", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<string | undefined>()
  const pubsub = createServer(({ url }, response) => {
    resolve(url)
    response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void pubsub.close())
  await once(pubsub, 'listening')
  const { port } = pubsub.address() as AddressInfo
  const serviceAccount = 'pusher@acme.iam.gserviceaccount.com'
  const pushes = { orders: { kind: 'pubsub', serviceAccount, to: 'api' } }
  const policy = await policyWith({ api: {} }, {}, pushes)
  start([...emulator, '0', policy, '--pubsub-emulator', `127.0.0.1:${port}`])
  expect(await asked).toBe('/v1/projects/acme/subscriptions/orders:pull')
})

test("what is no host of Google's Pub/Sub emulator ends with 2", async () => {
  const policy = await policyWith({ api: {} })
  const { code, stderr } = await run([...emulator, '0', policy, '--pubsub-emulator', 'http://a'])
  expect(stderr).toContain('such as "127.0.0.1:8085"')
  expect(code).toBe(2)
})

test('it stands in a network of other machines as asked', async () => {
  const policy = await policyWith({ api: {}, web: {} })
  const network = ['--host', '0.0.0.0', '--hostname', 'emulator', '--app', 'api=http://api:8080']
  const started = start([...emulator, '0', policy, '--json', ...network])
  const [line] = await started.said(/^{.*}$/m)
  expect(JSON.parse(line).url).toMatch(/^http:\/\/emulator:\d+$/)
})

test.for([
  [['--app', 'api'], 'login=http://login:8080'],
  [['--app', 'web=web:80'], 'must be an http origin'],
  [['--host', 'localhost'], '0.0.0.0'],
  [['--ports-from', '65536'], 'from 1 to 65535'],
])('%j ends with 2', async ([network = [], hint]) => {
  const policy = await policyWith({ api: {}, web: {} })
  const { code, stderr } = await run([...emulator, '0', policy, ...network])
  expect(stderr).toContain(hint)
  expect(code).toBe(2)
})

test('--record gets all that happens, until it is stopped', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'record-')), 'run.jsonl')
  onTestFinished(() => rm(dirname(file), { recursive: true }))
  const policy = await policyWith({ api: {} })
  const started = start([...emulator, '0', policy, '--json', '--record', file])
  const [line] = await started.said(/^{.*}$/m)
  const { url, services } = JSON.parse(line)
  await fetch(services.api.frontDoor)
  started.child.kill('SIGINT')
  expect(await started.exit).toBe(0)
  const [first = '', call = '', ...more] = (await readFile(file, 'utf8')).split('\n')
  expect(JSON.parse(first)).toMatchObject({ countersign: 'recording', version: 1, state: { url } })
  expect(JSON.parse(call)).toMatchObject({ type: 'call', receiver: 'api', status: 403 })
  expect(more).toEqual([''])
})

test('a recording that can’t be written ends with 3, and says why', async () => {
  const policy = await policyWith({ api: {} })
  const file = join(dirname(policy), 'no-such-folder', 'run.jsonl')
  const { code, stderr } = await run([...emulator, '0', policy, '--record', file])
  expect(stderr).toContain(`${file} can't (ENOENT`)
  expect(code).toBe(3)
})

test('it refuses to run in production', async () => {
  const policy = await policyWith({ api: {} })
  const { code, stderr } = await run([...emulator, '0', policy], { env: { K_SERVICE: 'api' } })
  expect(stderr).toContain('K_SERVICE is set')
  expect(code).toBe(3)
})
