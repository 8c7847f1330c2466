/** The Dockerfile of examples/cloud-run, step by step in roots of their own, and the services that come of it. */
import { type ChildProcessWithoutNullStreams, execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildAndPack } from '../matrix/tarballs.ts'
import { root } from './_compose.ts'
import { commandOf, readDockerfile } from './_dockerfile.ts'
import { buildImages, type Image } from './_image.ts'
import { createNetwork, type Network } from './_network.ts'
import { skipReason } from './_obstacles.ts'
import { newLayer, rootCommand } from './_root.ts'

const obstacle = skipReason('examples/cloud-run/Dockerfile, step by step')
const rootFolder = fileURLToPath(root)
const cache = join(rootFolder, 'node_modules/.cache/container-image')

let scratch: string
let network: Network
let image: Image

beforeAll(async () => {
  if (obstacle !== undefined) return
  scratch = mkdtempSync(join(tmpdir(), 'countersign-deployment-'))
  const context = join(scratch, 'project')
  await makeProject(context)
  const stages = await readDockerfile(pathToFileURL(join(context, 'Dockerfile')))
  const images = await buildImages(stages, { context, scratch, cache })
  image = images.get('services') ?? expect.fail('no stage "services"')
  network = createNetwork(['service'])
}, 300_000)

afterAll(async () => {
  await network?.remove()
  if (scratch) rmSync(scratch, { recursive: true })
})

/** By the steps of its README: copied, with the packed files beside it; what isn't needed in production is for development. */
async function makeProject(folder: string): Promise<void> {
  cpSync(join(rootFolder, 'examples/cloud-run'), folder, { recursive: true })
  await buildAndPack(join(folder, 'packed'))
  const quiet = '--package-lock-only --no-audit --no-fund'
  const npm = (files: string) =>
    promisify(execFile)('bash', ['-c', `npm install ${quiet} ${files}`], { cwd: folder })
  await npm('./packed/countersign-{caller,express,koa,policy,receiver}-*.tgz')
  await npm('--save-dev ./packed/countersign-{[0-9],emulator,testing}*.tgz')
}

function start(args: string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const upper = newLayer(scratch)
  const command = rootCommand(scratch, { ...image, upper, files: {}, args })
  const environment = { ...image.env, COUNTERSIGN_ENVIRONMENT: 'prod', PORT: '8080', ...env }
  return network.start('service', { args: command, cwd: '/', env: environment })
}

async function output(args: string[], env?: Record<string, string>): Promise<string> {
  const child = start(args, env)
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return `${out}${err}`
}

describe.skipIf(obstacle !== undefined)('the image', { timeout: 60_000 }, () => {
  test('holds the services, the policy and what they import, and nothing that built it', async () => {
    const list = async (folder: string) =>
      (await output(['/bin/sh', '-c', 'ls "$0"', folder])).trim()
    expect((await list('/app')).split('\n')).toEqual([
      ...['countersign.jsonc', 'node_modules', 'package.json', 'services'],
    ])
    const modules = (await list('/app/node_modules')).split('\n')
    expect(modules).toEqual(expect.arrayContaining(['express', 'koa']))
    expect(modules).not.toContain('countersign')
    const ours = (await list('/app/node_modules/@countersign')).split('\n')
    expect(ours).toEqual(['caller', 'express', 'koa', 'policy', 'receiver'])
  })

  test.each(['login', 'user-profiles', 'search'])(
    'runs %s, as a user without rights',
    async (name) => {
      const child = start([...commandOf(image.stage, 'ENTRYPOINT'), `services/${name}.ts`])
      let said = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part))
      const ask = `fetch('http://127.0.0.1:8080/profiles/7').then(({ status }) => console.log(status), () => console.log('-'))`
      let status = '-'
      while (status === '-') {
        expect(child.exitCode, said).toBe(null)
        status = (await output(['node', '-e', ask])).trim()
        await sleep(100)
      }
      expect(status).toBe(name === 'login' ? '404' : '401')
      const uid = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
      expect(uid?.[1]).toBe('1000\t1000\t1000\t1000')
      child.kill('SIGKILL')
    },
  )

  test('doesn’t start for an environment that the policy lacks, and says which there are', async () => {
    const args = ['node', 'services/login.ts']
    expect(await output(args, { COUNTERSIGN_ENVIRONMENT: 'staging' })).toMatch(/staging.*prod/s)
  })
})
