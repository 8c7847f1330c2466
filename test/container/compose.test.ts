/** docker/compose.yaml on machines of their own: each name, port and variable as it stands there. */

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, mustRun } from '../interop/_run.ts'
import { compose, root } from './_compose.ts'
import { commandOf, readDockerfile, stageOf } from './_dockerfile.ts'
import { createNetwork, type Network } from './_network.ts'
import { skipReason } from './_obstacles.ts'

const rootFolder = fileURLToPath(root)
const dockerFolder = join(rootFolder, 'docker')
const PATH = `${dirname(process.execPath)}:/usr/bin:/bin:/usr/sbin:/sbin`
const countersign = [
  process.execPath,
  '--conditions=@countersign/source',
  join(rootFolder, 'packages/cli/src/main.ts'),
]
const services = Object.keys(compose).filter((name) => name !== 'emulator')
const stages = await readDockerfile(new URL('docker/Dockerfile', root))
const obstacle = skipReason('docker/compose.yaml on machines of its own')

let network: Network

beforeAll(async () => {
  if (obstacle !== undefined) return
  const python = await pythonWith(join(dockerFolder, 'reports/requirements.txt'))
  network = createNetwork(Object.keys(compose))
  const { command = [] } = compose.emulator ?? {}
  run('emulator', [...countersign, ...command], { cwd: dockerFolder })
  for (const name of services) {
    const isPython = compose[name]?.build.context === 'reports'
    if (isPython) run(name, [python, 'server.py'], { cwd: join(dockerFolder, 'reports') })
    else run(name, commandOf(stageOf(stages, 'examples'), 'CMD'), { cwd: rootFolder })
  }
  await Promise.all(services.map(untilUp))
}, 300_000)

afterAll(async () => await network?.remove())

/** The image's own: a virtual environment stands for it, which the next run finds. */
async function pythonWith(requirements: string): Promise<string> {
  const folder = join(rootFolder, 'node_modules/.cache/container-reports')
  const python = join(folder, 'bin/python')
  if (!existsSync(python)) await mustRun({ args: ['python3', '-m', 'venv', folder] }, 120_000)
  const install = ['-m', 'pip', 'install', '--quiet', '--requirement', requirements] as const
  await mustRun({ args: [python, ...install] }, 180_000)
  return python
}

/** With the environment that the compose file gives to that machine, and no other. */
function run(
  machine: string,
  args: readonly string[],
  { cwd, more = {} }: { cwd: string; more?: NodeJS.ProcessEnv },
) {
  const env = { ...compose[machine]?.environment, ...more, PATH }
  const child = network.start(machine, { args, cwd, env })
  child.stderr.on('data', (line) => process.env.CONTAINER_LOG && console.log(machine, String(line)))
  return child
}

async function runToEnd(
  machine: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = run(machine, args, { cwd: rootFolder, more })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const [stdout, stderr, [exitCode]] = await ended
  return { stdout, stderr, exitCode }
}

interface Probe {
  url: string
  method?: string
  headers?: Record<string, string>
}

interface Answer {
  url: string
  status: number
  body: string
}

/** Sends requests from a machine. */
async function probe(machine: string, requests: readonly Probe[]): Promise<Answer[]> {
  const script = join(rootFolder, 'test/container/_probe.mjs')
  const args = [process.execPath, script, JSON.stringify(requests)]
  return JSON.parse((await runToEnd(machine, args)).stdout)
}

async function untilUp(service: string): Promise<void> {
  for (;;) {
    const [answer] = await probe('emulator', [{ url: `http://${service}:8080/ready` }])
    if (answer && answer.status > 0) return
    await sleep(200)
  }
}

function call(service: string, path: string, ...options: string[]): Promise<Ended> {
  const emulator = ['--emulator', 'http://emulator:8790']
  return runToEnd('emulator', [...countersign, 'call', service, path, ...options, ...emulator])
}

test('the emulator has an app for each service of the compose file', () => {
  const apps = compose.emulator?.command?.filter((part) => part.startsWith('--app='))
  expect(apps).toEqual(services.map((name) => `--app=${name}=http://${name}:8080`))
})

describe.skipIf(obstacle !== undefined)('in a network of its own', { timeout: 60_000 }, () => {
  test.each(services)('%s has the environment that countersign env prints', async (service) => {
    const args = ['env', service, '--json', '--emulator', 'http://emulator:8790']
    const { stdout } = await runToEnd('emulator', [...countersign, ...args])
    expect(compose[service]?.environment).toMatchObject(JSON.parse(stdout))
  })

  test.each(services)('%s reaches each address of its environment', async (service) => {
    const env = compose[service]?.environment ?? {}
    const email = '/computeMetadata/v1/instance/service-accounts/default/email'
    const headers = { 'metadata-flavor': 'Google' }
    const metadata = [env.GCE_METADATA_HOST, env.GCE_METADATA_IP, env.GCE_METADATA_ROOT]
    for (const { body } of await probe(
      service,
      metadata.map((host) => ({ url: `http://${host}${email}`, headers })),
    )) {
      expect(body.trim()).toBe(`${service}-run@acme.iam.gserviceaccount.com`)
    }
    const frontDoors = Object.values<string>(JSON.parse(env.COUNTERSIGN_SERVICE_URLS ?? ''))
    const anonymous = await probe(
      service,
      frontDoors.map((url) => ({ url: `${url}/` })),
    )
    expect(anonymous.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    const account = `/v1/projects/-/serviceAccounts/${service}-run@acme.iam.gserviceaccount.com`
    const apis = await probe(service, [
      { url: `${env.COUNTERSIGN_EMULATOR}/oauth2/v3/certs` },
      { url: `${env.CLOUDSDK_AUTH_TOKEN_HOST}`, method: 'POST' },
      {
        url: `${env.CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS}${account.slice(1)}:generateIdToken`,
        method: 'POST',
      },
    ])
    expect(apis.map(({ status }) => status)).toEqual([200, 400, 401])
  })

  test('website calls login, which calls user-profiles', async () => {
    const { exitCode, stdout } = await call('login', '/login/7', '-X', 'POST', '--as', 'website')
    expect(JSON.parse(stdout)).toMatchObject({
      welcome: { id: '7', asked: 'login-run@acme.iam.gserviceaccount.com' },
    })
    expect(exitCode).toBe(0)
  })

  test('website calls search, and login may not', async () => {
    expect((await call('search', '/search?q=7', '--as', 'website')).exitCode).toBe(0)
    const { stderr } = await call('search', '/search?q=7', '--as', 'login')
    expect(stderr).toMatch(/^403 Forbidden\nrefused: login -> search .* front door, not_invoker /)
  })

  test('website calls reports, in Python', async () => {
    const { exitCode, stdout } = await call('reports', '/monthly', '--as', 'website')
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, { report: '/monthly' }])
  })

  test('reports verifies its callers itself, at its own port', async () => {
    const audience = compose.reports?.environment?.COUNTERSIGN_AUDIENCE ?? ''
    const tokenOf = async (service: string, aud: string): Promise<string> => {
      const args = ['token', service, '--audience', aud, '--emulator', 'http://emulator:8790']
      return (await runToEnd('login', [...countersign, ...args])).stdout.trim()
    }
    const url = 'http://reports:8080/monthly'
    const sent = [
      {},
      { authorization: `Bearer ${await tokenOf('login', audience)}` },
      { authorization: `Bearer ${await tokenOf('website', `${audience}/`)}` },
      { authorization: `Bearer ${await tokenOf('website', audience)}` },
    ]
    const answers = await probe(
      'login',
      sent.map((headers) => ({ url, headers })),
    )
    expect(answers.map(({ status }) => status)).toEqual([401, 403, 401, 200])
  })

  test('the emulator answers to its name, and to no other of the network', async () => {
    const path = '/emulator/v1/state'
    const answers = await probe('login', [
      { url: `http://emulator:8790${path}` },
      { url: `http://${network.addressOf('emulator')}:8790${path}` },
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 403])
  })

  test('the image’s health check passes where it runs, and fails elsewhere', async () => {
    const check = commandOf(stageOf(stages, 'emulator'), 'HEALTHCHECK')
    expect((await runToEnd('emulator', check)).exitCode).toBe(0)
    expect((await runToEnd('login', check, { COUNTERSIGN_EMULATOR: '' })).exitCode).toBe(1)
  })
})
