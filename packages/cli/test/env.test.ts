import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { startEmulator } from '@countersign/emulator'
import { loadPolicy } from '@countersign/policy'
import { describe, expect, onTestFinished, test } from 'vitest'
import { run } from './command.ts'
import { startEmulated } from './emulated.ts'
import { policyWith } from './policy.ts'

test('a service that node starts with it finds the emulator', async () => {
  const { emulator, at } = await startEmulated()
  const { stdout, code } = await run(['env', 'login', ...at])
  const file = join(dirname(await policyWith({ a: {} })), '.env')
  await writeFile(file, stdout)
  const program = 'console.log(JSON.stringify(process.env))'
  const found = execFileSync(process.execPath, [`--env-file=${file}`, '-e', program], {
    env: {},
    encoding: 'utf8',
  })
  expect(JSON.parse(found)).toMatchObject(copied(emulator.env('login')))
  expect(code).toBe(0)
})

test('a shell takes it too', async () => {
  const { emulator, at } = await startEmulated()
  const { stdout } = await run(['env', 'login', '--format', 'shell', ...at])
  const found = execFileSync('sh', ['-c', `${stdout}\nprintf %s "$COUNTERSIGN_SERVICE_URLS"`], {
    encoding: 'utf8',
  })
  expect(JSON.parse(found)).toEqual(
    JSON.parse(emulator.env('login').COUNTERSIGN_SERVICE_URLS ?? ''),
  )
})

/** What is copied into a file confirms nothing: the file may end up in production. */
function copied({ COUNTERSIGN_EMULATOR_CONFIRM, ...env }: Record<string, string>) {
  expect(COUNTERSIGN_EMULATOR_CONFIRM).toBe(env.COUNTERSIGN_EMULATOR)
  return env
}

test.each(['dotenv', 'shell', 'compose'])('as %s it holds no confirmation', async (format) => {
  const { at } = await startEmulated()
  const { stdout } = await run(['env', 'login', '--format', format, ...at])
  expect(stdout).toContain('COUNTERSIGN_EMULATOR')
  expect(stdout).not.toContain('CONFIRM')
})

test('as JSON it is one object', async () => {
  const { emulator, at } = await startEmulated()
  const { stdout } = await run(['env', 'login', '--json', ...at])
  expect(JSON.parse(stdout)).toEqual(copied(emulator.env('login')))
})

test('COUNTERSIGN_EMULATOR says where the emulator is', async () => {
  const { emulator } = await startEmulated()
  const { stdout } = await run(['env', 'cron'], { env: { COUNTERSIGN_EMULATOR: emulator.url } })
  expect(stdout).toContain(`COUNTERSIGN_EMULATOR=${emulator.url}\n`)
})

test('an unknown service ends with 2, and those there are', async () => {
  const { at } = await startEmulated()
  const { code, stderr } = await run(['env', 'logn', ...at])
  expect(stderr).toContain('write one of login, user-profiles, search, cron')
  expect(code).toBe(2)
})

test('without an emulator it ends with 3, and what to run', async () => {
  const { code, stderr } = await run(['env', 'login', '--emulator', 'http://127.0.0.1:1'])
  expect(stderr).toContain('No emulator answers at http://127.0.0.1:1\nRun countersign dev')
  expect(code).toBe(3)
})

test('another server than an emulator ends with 3', async () => {
  const { emulator } = await startEmulated()
  const door = emulator.frontDoor('login')
  const { code, stderr } = await run(['env', 'login', '--emulator', door])
  expect(stderr).toContain(`The program at ${door} is not an emulator`)
  expect(code).toBe(3)
})

test('what is no URL ends with 2', async () => {
  const { code, stderr } = await run(['env', 'login', '--emulator', '127.0.0.1:8790'])
  expect(stderr).toContain('Write --emulator http://127.0.0.1:8790')
  expect(code).toBe(2)
})

/** The option that finds a server which answers with this, whatever it is asked. */
async function impostor(answer: unknown): Promise<string[]> {
  const server = createServer((_req, res) => {
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  return ['--emulator', `http://127.0.0.1:${(server.address() as AddressInfo).port}`]
}

test.each([
  ['a name that is a command', { 'A=1; echo INJECTED; B': 'x' }],
  ['a name that a loader reads', { LD_PRELOAD: '/home/other/evil.so' }],
  ['a name that node reads', { NODE_OPTIONS: '--require /home/other/evil.cjs' }],
  ['a value with a line of its own', { PORT: '1\necho INJECTED' }],
  ['a value with an escape', { PORT: '\u001b]0;INJECTED\u0007' }],
  ['a value that is no text', { PORT: 7 }],
  ['a port that arithmetic runs as a command', { PORT: 'a[$(echo INJECTED)]' }],
  ['a host that is a command', { GCE_METADATA_HOST: '127.0.0.1:$(id)' }],
  ['a URL that is a command', { COUNTERSIGN_EMULATOR: 'http://127.0.0.1:1/`id`' }],
  ['credentials', { GOOGLE_APPLICATION_CREDENTIALS: '/home/other/credentials.json' }],
  ['text in another direction', { COUNTERSIGN_AUDIENCE: 'https://a.example/\u202egpj.exe' }],
  ['an inherited name', { toString: 'x' }],
  ['a list', ['INJECTED']],
  ['a text', 'INJECTED'],
])('whoever answers in the emulator’s place: %s is refused', async (_title, answer) => {
  const at = await impostor(answer)
  for (const form of [['--format', 'shell'], ['--format', 'dotenv'], ['--json']]) {
    const { code, stdout, stderr } = await run(['env', 'login', ...form, ...at])
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain(`The environment from ${at[1]} is refused`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f]/)
  }
})

describe('--for gcloud', () => {
  test('prints what a shell takes, and gcloud sends no credentials', async () => {
    const { emulator, at } = await startEmulated()
    const { stdout, code } = await run(['env', '--for', 'gcloud', ...at])
    const names = [
      'PROXY_ADDRESS',
      'PROXY_PORT',
      'PROXY_TYPE',
      'AUTH_DISABLE_CREDENTIALS',
      'CORE_PROJECT',
    ]
    const print = names.map((name) => `printf '%s ' "$CLOUDSDK_${name}"`).join('\n')
    const said = execFileSync('sh', ['-c', `${stdout}\n${print}`], { encoding: 'utf8' })
    const { hostname, port } = new URL(emulator.url)
    expect(said).toBe(`${hostname} ${port} http_no_tunnel true acme `)
    expect(code).toBe(0)
  })

  test('the endpoints have Google’s names, over plain http', async () => {
    const { at } = await startEmulated()
    const { stdout } = await run(['env', '--for', 'gcloud', '--json', ...at])
    expect(JSON.parse(stdout)).toMatchObject({
      CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: 'http://run.googleapis.com/',
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER:
        'http://cloudresourcemanager.googleapis.com/',
    })
  })

  test('takes the other formats', async () => {
    const { at } = await startEmulated()
    const { stdout } = await run(['env', '--for', 'gcloud', '--format', 'dotenv', ...at])
    expect(stdout).toContain('CLOUDSDK_PROXY_TYPE=http_no_tunnel\n')
  })

  test.each([[[]], [['login', '--for', 'gcloud']], [['--for', 'terraform']]])(
    '%j ends with 2',
    async (args) => {
      const { at } = await startEmulated()
      expect((await run(['env', ...args, ...at])).code).toBe(2)
    },
  )

  test.each([
    ['a name that no emulator sets', { LD_PRELOAD: '/home/other/evil.so' }],
    ['a service’s variable', { GCE_METADATA_HOST: '127.0.0.1:1' }],
    ['gcloud’s own credentials', { CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'false' }],
    ['nothing about credentials', { CLOUDSDK_AUTH_DISABLE_CREDENTIALS: undefined }],
  ])('an impostor with %s is refused', async (_title, change) => {
    const { at } = await startEmulated()
    const genuine = JSON.parse((await run(['env', '--for', 'gcloud', '--json', ...at])).stdout)
    const place = await impostor({ ...genuine, ...change })
    const { code, stdout, stderr } = await run(['env', '--for', 'gcloud', ...place])
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain(`The environment from ${place[1]} is refused`)
  })
})

test('whoever answers can’t confirm an emulator that the guard refuses', async () => {
  const at = await impostor({
    COUNTERSIGN_EMULATOR_CONFIRM: 'http://127.0.0.1:1',
    CLOUDSDK_CONFIG: "it's 7",
  })
  const { stdout } = await run(['env', 'login', '--format', 'shell', ...at])
  expect(stdout).toBe("export CLOUDSDK_CONFIG='it'\\''s 7'\n")
})

test('every variable of an emulator in a network of containers is taken', async () => {
  const account = { serviceAccount: 'account-a@acme.iam.gserviceaccount.com' }
  const policy = await loadPolicy(
    { environments: { test: { project: 'acme' } }, services: { a: account } },
    { environment: 'test' },
  )
  const emulator = await startEmulator({ policy, hostname: 'localhost' })
  onTestFinished(() => emulator.stop())
  const { stdout } = await run(['env', 'a', '--json', '--emulator', emulator.url])
  expect(JSON.parse(stdout)).toMatchObject({
    COUNTERSIGN_EMULATOR_ALLOW_HOST: 'localhost',
    COUNTERSIGN_ENVIRONMENT: 'test',
  })
})
