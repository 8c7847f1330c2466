/**
 * Installs the packed tarballs into a project of their own, as a user would, and runs them there with
 * the oldest Node that they promise: as ES modules, as CommonJS, as a command; and through their types.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const folders = await readdir(join(root, 'packages'))
/** The private one is bundled into the others. */
const packages = folders.filter((name) => name !== 'shared')
/** The command is no module. */
const modules = packages.filter((name) => name !== 'cli')
const withCommonJs = modules.filter((name) => name !== 'emulator')

let project: string

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'countersign-packed-'))
  await run('node', [join(root, 'scripts/build.ts')], { cwd: root })
  await mkdir(join(project, 'tarballs'))
  for (const name of packages) await pack(name)
  await writeFile(join(project, 'package.json'), '{ "private": true }')
  const tarballs = await readdir(join(project, 'tarballs'))
  const frameworks = ['express@5', 'koa@3', '@types/express@5', '@types/koa@3', '@types/node@22']
  const oldest = `node@${await oldestNode()}`
  await npm('install', ...tarballs.map((tarball) => `./tarballs/${tarball}`), ...frameworks, oldest)
}, 300_000)

afterAll(() => rm(project, { recursive: true, force: true }))

async function pack(name: string): Promise<void> {
  const folder = join(root, 'packages', name)
  await run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', join(project, 'tarballs')], {
    cwd: folder,
  })
}

async function npm(...args: string[]): Promise<void> {
  await run('npm', [...args, '--no-audit', '--no-fund', '--no-package-lock'], { cwd: project })
}

/** What `engines` says: `>=22.12` is 22.12.0. */
async function oldestNode(): Promise<string> {
  const { engines } = JSON.parse(await readFile(join(root, 'packages/cli/package.json'), 'utf8'))
  return `${engines.node.replace('>=', '')}.0`
}

async function node(...args: string[]): Promise<string> {
  const { stdout } = await run('node_modules/.bin/node', args, { cwd: project })
  return stdout.trim()
}

const command = 'node_modules/countersign/dist/esm/main.js'

describe('the packed packages', () => {
  test.each(modules)('%s loads as an ES module', async (name) => {
    const script = `console.log(Object.keys(await import('@countersign/${name}')).length > 0)`
    expect(await node('--input-type=module', '-e', script)).toBe('true')
  })

  test.each(withCommonJs)('%s loads as CommonJS', async (name) => {
    const script = `console.log(Object.keys(require('@countersign/${name}')).length > 0)`
    expect(await node('--input-type=commonjs', '-e', script)).toBe('true')
  })

  test.each(modules)(
    '%s has the private package in its code, and in no type that users reach',
    async (name) => {
      const dist = join(project, 'node_modules/@countersign', name, 'dist/esm')
      expect(await readFile(join(dist, 'index.js'), 'utf8')).not.toContain('@countersign/shared')
      const reached = await reachableTypes(join(dist, 'index.d.ts'))
      expect(reached.size).toBeGreaterThan(1)
      for (const [file, text] of reached) {
        expect([file, text.includes('@countersign/shared')]).toEqual([file, false])
      }
    },
  )

  /** The declarations that a user's compiler reads, by file. */
  async function reachableTypes(file: string, found = new Map<string, string>()) {
    if (found.has(file)) return found
    const text = await readFile(file, 'utf8')
    found.set(file, text)
    for (const [, relative] of text.matchAll(/['"](\.[^'"]+)\.[jt]s['"]/g)) {
      await reachableTypes(join(dirname(file), `${relative}.d.ts`), found)
    }
    return found
  }

  test.each(packages)(
    '%s lists what is bundled into it, with version, licence and its text',
    async (name) => {
      const scope = name === 'cli' ? 'countersign' : `@countersign/${name}`
      const dist = join(project, 'node_modules', scope, 'dist')
      const text = await readFile(join(dist, 'licences.txt'), 'utf8').catch(() => '')
      const listed = [...(text.split('\n\n', 1)[0] ?? '').matchAll(/^(\S+) (\S+) \((\S+)\)$/gm)]
      // What the bundlers add of their own is in no source map.
      const ofBundlers = ['rolldown', '@oxc-project/runtime']
      const foreign = listed.filter(([, library = '']) => !ofBundlers.includes(library))
      expect(foreign.map(([, library, version]) => `${library}@${version}`)).toEqual(
        await bundledInto(join(dist, 'esm')),
      )
      for (const [title] of listed) {
        expect([title, text.split(`\n${title}\n\n`)[1]]).toEqual([
          title,
          expect.stringMatching(/\bas is\b/i),
        ])
      }
    },
  )

  /** The foreign packages that the source maps name, as `name@version`. */
  async function bundledInto(folder: string): Promise<string[]> {
    const maps = (await readdir(folder)).filter((file) => file.endsWith('.js.map'))
    const texts = await Promise.all(maps.map((file) => readFile(join(folder, file), 'utf8')))
    const sources: string[] = texts.flatMap((text) => JSON.parse(text).sources)
    const found = sources.map((source) => /\/\.pnpm\/([^/]+)\//.exec(source)?.[1])
    return [...new Set(found.filter((one) => one !== undefined))].sort()
  }

  test.each([
    ['receiver', 'esm'],
    ['receiver', 'cjs'],
    ['caller', 'esm'],
    ['caller', 'cjs'],
  ])('%s (%s) loads nothing at a cold start that it may never need', async (name, format) => {
    const file = `./node_modules/@countersign/${name}/dist/${format}/index.js`
    expect(await loadedBy(file)).toEqual([])
  })

  test('would be seen to: an import of node:http loads undici', async () => {
    expect(await loadedBy('node:http')).toEqual(expect.arrayContaining(['http', undici]))
  })

  test.each(['receiver', 'caller'])('%s installs no other package', async (name) => {
    const file = join(project, 'node_modules/@countersign', name, 'package.json')
    expect(JSON.parse(await readFile(file, 'utf8'))).not.toHaveProperty('dependencies')
  })

  const undici = 'internal/deps/undici/undici'

  /** Which of Node's costly modules are loaded once a file is imported. */
  async function loadedBy(file: string): Promise<string[]> {
    const script = `await import('${file}'); console.log(JSON.stringify(process.moduleLoadList))`
    const loaded: string[] = JSON.parse(await node('--input-type=module', '-e', script))
    return ['crypto', 'http', undici].filter((name) => loaded.includes(`NativeModule ${name}`))
  }

  test('the command runs, with its own version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'packages/cli/package.json'), 'utf8'))
    expect(await node(command, '--version')).toBe(version)
    const linked = join(project, 'node_modules/.bin/countersign')
    const { stdout } = await run(linked, ['--help'], { cwd: project })
    expect(stdout).toContain('Usage: countersign')
  })

  test('the Node that all this runs with is the oldest that they promise', async () => {
    expect(await node('--version')).toBe(`v${await oldestNode()}`)
  })

  test('the command starts an emulator for a policy', async () => {
    await writeFile(join(project, 'countersign.json'), '{ "services": {} }')
    const emulator = spawn('node_modules/.bin/node', [command, 'emulator', '--port=0', '--json'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(emulator.stdout, 'data')
    const { url } = JSON.parse(line)
    expect((await fetch(`${url}/oauth2/v3/certs`)).status).toBe(200)
    await expectPage(url)
    emulator.kill()
    expect((await once(emulator, 'exit'))[0]).toBe(0)
  })

  /** The page comes out of the package, each file that it names with it. */
  async function expectPage(url: string): Promise<void> {
    const page = await (await fetch(url)).text()
    const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file)
    expect(files).toContain('/page/page.js')
    for (const file of files) {
      const answer = await fetch(url + file)
      expect([file, answer.status]).toEqual([file, 200])
      expect((await answer.text()).length).toBeGreaterThan(100)
    }
  }

  test('the two builds of receiver and caller need no module that is only ESM', async () => {
    const script = "require('@countersign/express'); require('@countersign/koa'); console.log('ok')"
    expect(
      await node('--no-experimental-require-module', '--input-type=commonjs', '-e', script),
    ).toBe('ok')
  })

  test.each([
    ['a module', 'example.mts', ['--module', 'nodenext']],
    ['CommonJS', 'example.cts', ['--module', 'nodenext']],
    ['a bundled module', 'example.mts', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ])('their types serve %s', async (_title, file, options) => {
    await writeFile(join(project, file), consumer)
    const args = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2024', '--types', 'node']
    const { stdout } = await run('tsc', [...args, ...options, file], { cwd: project }).catch(
      (error) => error,
    )
    expect(stdout).toBe('')
  })
})

const consumer = `
import { createServiceFetch } from '@countersign/caller'
import { callerOf, verifyCaller } from '@countersign/express'
import { verifyCaller as verifyCallerInKoa } from '@countersign/koa'
import { loadPolicy } from '@countersign/policy'
import { type Caller, createReceiver } from '@countersign/receiver'
import { createTestIssuer } from '@countersign/testing'
import express from 'express'

export async function start(): Promise<void> {
  const policy = await loadPolicy('countersign.jsonc')
  const issuer = await createTestIssuer()
  const app = express()
  app.use(verifyCaller({ ...policy.receiver('search'), keys: issuer.keys }))
  app.get('/', (req, res) => {
    const caller: Caller | undefined = req.caller
    res.json([caller?.email, callerOf(req).subject])
  })
  verifyCallerInKoa({ allow: [] })
  createReceiver(policy.receiver('search'))
  const fetchLike: typeof fetch = createServiceFetch(policy.caller('login'))
  await fetchLike('https://a.example')
}
`
