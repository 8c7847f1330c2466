/** docker/Dockerfile, step by step in roots of their own, and what comes of it, as a container. */
import { type ChildProcessWithoutNullStreams, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './_compose.ts'
import { commandOf, readDockerfile } from './_dockerfile.ts'
import { buildImages, type Image, programOf } from './_image.ts'
import { createNetwork, type Network } from './_network.ts'
import { skipReason } from './_obstacles.ts'
import { newLayer, rootCommand } from './_root.ts'

const obstacle = skipReason('docker/Dockerfile, step by step')
const rootFolder = fileURLToPath(root)
const cache = join(rootFolder, 'node_modules/.cache/container-image')

let scratch: string
let network: Network
let images: ReadonlyMap<string, Image>
let emulator: ChildProcessWithoutNullStreams
let complaints = ''

beforeAll(async () => {
  if (obstacle !== undefined) return
  scratch = mkdtempSync(join(tmpdir(), 'countersign-image-'))
  const stages = await readDockerfile(new URL('docker/Dockerfile', root))
  images = await buildImages(stages, { context: rootFolder, scratch, cache })
  network = createNetwork(['emulator', 'laptop'])
  emulator = run(programOf(imageNamed('emulator')))
  emulator.stderr.on('data', (said) => {
    complaints += said
  })
  await untilHealthy()
}, 300_000)

afterAll(async () => {
  await network?.remove()
  if (scratch) rmSync(scratch, { recursive: true })
})

function imageNamed(name: string): Image {
  const image = images.get(name)
  if (!image) throw new Error(`docker/Dockerfile has no stage ${name}`)
  return image
}

/** In a container of the image, as its user, with the policy of the compose file. */
function run(args: readonly string[], env: Record<string, string> = {}) {
  const image = imageNamed('emulator')
  const upper = newLayer(scratch)
  mkdirSync(join(upper, 'policy'))
  execFileSync('touch', [join(upper, 'policy/countersign.jsonc')])
  const policy = join(rootFolder, 'docker/countersign.jsonc')
  const files = { '/etc/hosts': '/etc/hosts', '/policy/countersign.jsonc': policy }
  const command = rootCommand(scratch, { ...image, upper, files, args })
  const environment = { ...image.env, COUNTERSIGN_ENVIRONMENT: 'prod', ...env }
  return network.start('emulator', { args: command, cwd: '/', env: environment })
}

async function runToEnd(args: readonly string[], env?: Record<string, string>) {
  const child = run(args, env)
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const [stdout, stderr, [exitCode]] = await ended
  return { stdout, stderr, exitCode }
}

async function isHealthy(env?: Record<string, string>): Promise<boolean> {
  const check = commandOf(imageNamed('emulator').stage, 'HEALTHCHECK')
  return (await runToEnd(check, env)).exitCode === 0
}

async function untilHealthy(): Promise<void> {
  while (!(await isHealthy())) {
    if (emulator.exitCode !== null)
      throw new Error(`it has ended with ${emulator.exitCode}: ${complaints}`)
    await sleep(200)
  }
}

/** Asks from another machine of its network, with curl. */
async function ask(url: string, ...options: string[]): Promise<string> {
  const args = ['curl', '-sSf', '--max-time', '10', ...options, url]
  const child = network.start('laptop', { args, cwd: '/', env: process.env })
  const [body] = await Promise.all([text(child.stdout), once(child, 'close')])
  return body
}

describe.skipIf(obstacle !== undefined)('the image', { timeout: 60_000 }, () => {
  test('holds the packed command, and neither sources nor what built it', async () => {
    const list = async (folder: string) =>
      (await runToEnd(['/bin/sh', '-c', 'ls "$0"', folder])).stdout.trim().split('\n')
    expect(await list('/')).not.toEqual(expect.arrayContaining(['countersign']))
    expect(await list('/')).not.toEqual(expect.arrayContaining(['packed']))
    const modules = await list('/app/node_modules')
    expect(modules).toEqual(expect.arrayContaining(['@countersign', 'countersign']))
    expect(modules.filter((name) => ['typescript', 'vitest'].includes(name))).toEqual([])
  })

  test('runs as the user that it names, and nobody else', () => {
    const status = readFileSync(`/proc/${emulator.pid}/status`, 'utf8')
    expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]).toBe('1000\t1000\t1000\t1000')
    expect(readFileSync(`/proc/${emulator.pid}/cmdline`, 'utf8')).toContain('countersign')
  })

  test('its health check knows another port by COUNTERSIGN_EMULATOR', async () => {
    expect(await isHealthy()).toBe(true)
    const told = { COUNTERSIGN_EMULATOR: 'http://127.0.0.1:9000' }
    expect(await isHealthy(told)).toBe(false)
    const other = run(programOf(imageNamed('emulator'), ['emulator', '--port', '9000']), told)
    await expect.poll(() => isHealthy(told), { timeout: 20_000 }).toBe(true)
    other.kill('SIGTERM')
    await once(other, 'exit')
  })

  test('its default command gives tokens to the other machines of its network', async () => {
    const path = '/computeMetadata/v1/instance/service-accounts/default/identity?audience=a'
    const token = await ask(`http://emulator:8802${path}`, '-H', 'Metadata-Flavor: Google')
    expect(decodeJwt(token)).toMatchObject({
      aud: 'a',
      email: 'login-run@acme.iam.gserviceaccount.com',
    })
  })

  test('and the page, with all that it is made of', async () => {
    const page = await ask('http://emulator:8790/')
    expect(page).toContain('<div id="page">')
    for (const file of ['page.js', 'page.css']) {
      expect((await ask(`http://emulator:8790/page/${file}`)).length).toBeGreaterThan(1_000)
    }
  })

  test('the command is there for docker exec', async () => {
    const call = ['call', 'login', '/ready', '--anonymous']
    const { stderr, exitCode } = await runToEnd(programOf(imageNamed('emulator'), call as never))
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^403 Forbidden\nrefused: nobody -> login .* front door, token_missing /)
  })

  test('the examples lie where their command looks for them', async () => {
    const image = imageNamed('examples')
    const [program, flag, script] = commandOf(image.stage, 'CMD')
    expect([program, flag]).toEqual(['sh', '-c'])
    const look = String(script).replace('exec node', 'ls').replace(/--\S+/, '')
    const upper = newLayer(scratch)
    const args = rootCommand(scratch, { ...image, upper, args: ['sh', '-c', look] })
    const child = network.start('laptop', { args, cwd: '/', env: image.env })
    expect((await text(child.stdout)).trim()).toBe('examples/login/server.ts')
  })

  test('docker stop ends it in order', async () => {
    emulator.kill('SIGTERM')
    expect(await once(emulator, 'exit')).toEqual([0, null])
  })
})
