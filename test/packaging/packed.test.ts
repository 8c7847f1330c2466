/**
 * Installs the packed tarballs into a project of their own, as a user would, and runs them there with
 * the oldest Node that they promise: as ES modules, as CommonJS, as a command; and through their types.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { areTheTypesWrong, publint } from '../../scripts/release/lint.ts'
import { type Bom, bomsOf, foreignLicences, schemaErrors } from '../../scripts/release/sbom.ts'
import { sizeOf, tooLarge } from '../../scripts/release/sizes.ts'
import { esbuildCjs, type Kind, typescriptNode10 } from '../matrix/kinds.ts'
import { shellOf } from '../matrix/shell.ts'
import { buildAndPack, install, packages, root, run } from '../matrix/tarballs.ts'

/** The command is no module. */
const modules = packages.filter((name) => name !== 'cli')
const withCommonJs = modules.filter((name) => name !== 'emulator')

let project: string
let tarballs: ReadonlyMap<string, string>

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'countersign-packed-'))
  tarballs = await buildAndPack(join(project, 'tarballs'))
  const frameworks = ['express@5', 'koa@3', '@types/express@5', '@types/koa@3', '@types/node@22']
  const compilers = ['typescript@5.9', 'esbuild']
  const oldest = `node@${await oldestNode()}`
  await install(project, ...tarballs.values(), ...frameworks, ...compilers, oldest)
  await install(join(project, 'with-peer'), 'google-auth-library')
}, 300_000)

afterAll(() => rm(project, { recursive: true, force: true }))

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

  /** As in the matrix, whose rows take minutes; these two take seconds. */
  test.each([esbuildCjs, typescriptNode10])(
    'a service works with $name',
    async ({ name, files, check }: Kind) => {
      const folder = join(project, name.replaceAll(/\W+/g, '-'))
      await mkdir(folder)
      const policy = fileURLToPath(new URL('../matrix/countersign.jsonc', import.meta.url))
      await cp(policy, join(folder, 'countersign.jsonc'))
      const node = join(project, 'node_modules/.bin')
      const shell = shellOf({ folder, node, withPeer: join(project, 'with-peer') })
      await shell.write(files)
      await check(shell)
    },
    60_000,
  )

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

describe('a tarball', () => {
  test.each(packages)('of %s holds the files that are listed, and no other', async (name) => {
    const { files } = await installed(name)
    const list = [...files.keys()].map(withoutHash).toSorted().join('\n')
    await expect(`${list}\n`).toMatchFileSnapshot(`contents/${name}.txt`)
  })

  /** The bundler puts a digest of the code into the names of what is loaded later. */
  function withoutHash(path: string): string {
    return path.replace(/-[\w-]{8}(\.js(?:\.map)?)$/, '-HASH$1')
  }

  test.each(packages)('of %s holds what its manifest names', async (name) => {
    const { manifest, files } = await installed(name)
    const { main, module, types, bin, exports } = manifest
    const named = targets([main, module, types, bin, exports])
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter((path) => !files.has(path))).toEqual([])
    const text = JSON.stringify(manifest)
    expect(text).not.toContain('workspace:')
    expect(text).not.toContain('@countersign/s')
  })

  test.each(withCommonJs)('of %s leads what reads no exports to the same files', async (name) => {
    const { main, module, types, exports } = (await installed(name)).manifest
    const { import: asModule, require: asCommonJs } = exports['.']
    // Parcel, whose bundle of the CommonJS finds none of what is loaded late.
    expect(module).toBe(asModule.default)
    // TypeScript's node10.
    expect([main, types]).toEqual([asCommonJs.default, asCommonJs.types])
  })

  test.each(packages)('of %s passes publint, and its types are right', async (name) => {
    const tarball = tarballs.get(name) as string
    await publint(tarball)
    await areTheTypesWrong(tarball)
  })

  test.each(packages)('of %s is no larger than its limits', (name) => {
    expect(tooLarge(name, sizeOf(tarballs.get(name) as string))).toEqual([])
  })

  test('whose types are wrong is found', async () => {
    const copy = join(project, 'wrong')
    await cp(join(project, 'node_modules/@countersign/koa'), copy, { recursive: true })
    await rm(join(copy, 'dist/cjs/package.json'))
    await run('npm', ['pack', `--pack-destination=${project}`], { cwd: copy })
    const wrong = join(
      project,
      (await readdir(project)).find((file) => file.endsWith('.tgz')) ?? '',
    )
    await expect(publint(wrong)).rejects.toThrow('koa')
    await expect(areTheTypesWrong(wrong)).rejects.toThrow('attw')
  })

  test('comes with a bill of materials that its schema allows', async () => {
    const boms = await bomsOf(tarballs)
    expect([...boms.keys()]).toEqual(packages)
    for (const [name, bom] of boms) {
      expect([name, await schemaErrors(bom), foreignLicences(bom)]).toEqual([name, undefined, []])
    }
    const names = (name: string) => boms.get(name)?.components.map((one) => one.name)
    expect(names('express')).toEqual(expect.arrayContaining(['receiver', 'path-to-regexp']))
    expect(names('cli')).toEqual(expect.arrayContaining(['commander', 'jsonc-parser', 'preact']))
    const [first] = [...boms.values()]
    const wrong = structuredClone(first) as Bom
    Object.assign(wrong.components[0] ?? {}, {
      type: 'poem',
      licenses: [{ license: { id: 'GPL-3.0' } }],
    })
    expect(await schemaErrors(wrong)).toBeDefined()
    expect(foreignLicences(wrong)).toHaveLength(1)
  })

  test.each(modules)('of %s has the declarations that users reach, and no other', async (name) => {
    const { files } = await installed(name)
    for (const build of withCommonJs.includes(name) ? ['esm', 'cjs'] : ['esm']) {
      const inside = [...files.keys()].filter((path) => path.startsWith(`dist/${build}/`))
      const declared = inside.filter((path) => path.endsWith('.d.ts'))
      expect(declared.toSorted()).toEqual(
        [...reachable(files, `dist/${build}/index.d.ts`)].toSorted(),
      )
    }
  })

  /** The declarations that a compiler reads, by their paths; each of them is there. */
  function reachable(files: Files, path: string, found = new Set<string>()): Set<string> {
    if (found.has(path)) return found
    const text = files.get(path) as string
    expect([path, text.includes('@countersign/shared')]).toEqual([path, false])
    for (const [, relative = ''] of text.matchAll(/['"](\.[^'"]+)\.js['"]/g)) {
      reachable(files, join(dirname(path), `${relative}.d.ts`), found.add(path))
    }
    return found.add(path)
  }

  test.each(packages)('of %s has maps that need no other file', async (name) => {
    const { files } = await installed(name)
    for (const [path, text] of files) {
      if (!path.endsWith('.map')) continue
      const { sources, sourcesContent } = JSON.parse(text)
      expect(sourcesContent, path).toHaveLength(sources.length)
      expect(sourcesContent.every(Boolean), path).toBe(true)
    }
  })

  test.each(packages)('of %s has a README without links that lead nowhere', async (name) => {
    const { files } = await installed(name)
    const links = [...(files.get('README.md') ?? '').matchAll(/\]\(([^)]*)\)/g)]
    expect(links.map(([, link]) => link).filter((link) => !link?.startsWith('https://'))).toEqual(
      [],
    )
  })

  test.each(packages)(
    'of %s has the licence, and no import of the private package',
    async (name) => {
      const { files } = await installed(name)
      expect(files.get('LICENSE')).toContain('Apache License')
      for (const [path, text] of files) {
        if (path.endsWith('.js'))
          expect([path, text.includes('@countersign/shared/')]).toEqual([path, false])
      }
    },
  )

  type Files = Map<string, string>

  async function installed(name: string) {
    const scoped = name === 'cli' ? 'countersign' : `@countersign/${name}`
    const folder = join(project, 'node_modules', scoped)
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .filter((path) => !path.startsWith('node_modules/'))
    const texts = await Promise.all(paths.map((path) => readFile(join(folder, path), 'utf8')))
    const files: Files = new Map(paths.map((path, i) => [path, texts[i] as string]))
    return { files, manifest: JSON.parse(files.get('package.json') as string) }
  }

  /** The files that a part of a manifest names. */
  function targets(part: unknown): string[] {
    if (typeof part === 'string') return [part.replace('./', '')]
    return Object.values(part ?? {}).flatMap(targets)
  }
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
