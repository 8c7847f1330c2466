/**
 * The packages as users get them. `pnpm tarballs` writes them to `dist/tarballs`.
 *
 * Each is packed from a copy that holds what is published and nothing else: the manifest names what
 * is only in the repository, and the README links to it.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { packedReadme } from './readme.ts'
import { linksOf } from './repository.ts'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** The folders of those that are published; the private one is bundled into them. */
export const packages: readonly string[] = (await readdir(join(root, 'packages'))).filter(
  (folder) => folder !== 'shared',
)

export interface Manifest {
  name: string
  version: string
  license: string
  files: string[]
  exports: Record<string, Record<string, unknown> | string>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  scripts?: Record<string, string>
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(root, 'dist/tarballs')
  for (const path of (await packAll(folder)).values()) console.log(path)
}

/**
 * Packs every package, as it was built.
 *
 * @param folder where to; what lies there is removed
 * @returns the tarballs' paths, by the packages' folders
 */
export async function packAll(folder: string): Promise<Map<string, string>> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const copies = await mkdtemp(join(tmpdir(), 'countersign-pack-'))
  try {
    const packed = packages.map(async (name): Promise<[string, string]> => {
      return [name, await pack(await copyOf(name, join(copies, name)), folder)]
    })
    return new Map(await Promise.all(packed))
  } finally {
    await rm(copies, { recursive: true, force: true })
  }
}

async function copyOf(name: string, copy: string): Promise<string> {
  const folder = join(root, 'packages', name)
  const manifest = await manifestOf(name)
  for (const path of manifest.files)
    await cp(join(folder, path), join(copy, path), { recursive: true })
  await cp(join(root, 'LICENSE'), join(copy, 'LICENSE'))
  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  const place = { folder: name, tag: `v${manifest.version}` }
  await writeFile(join(copy, 'README.md'), packedReadme(readme, place))
  const packed = JSON.stringify(await packedManifest(name, manifest), undefined, 2)
  await writeFile(join(copy, 'package.json'), `${packed}\n`)
  return copy
}

export async function manifestOf(name: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, 'packages', name, 'package.json'), 'utf8'))
}

async function packedManifest(name: string, manifest: Manifest): Promise<object> {
  const { devDependencies: _dev, scripts: _scripts, exports, dependencies, ...rest } = manifest
  for (const entry of Object.values(exports)) {
    if (typeof entry === 'object') delete entry['@countersign/source']
  }
  return {
    ...rest,
    ...linksOf(name),
    publishConfig: { access: 'public' },
    exports,
    ...(dependencies && { dependencies: await exactOurs(dependencies) }),
  }
}

/** Packages of one release belong together: each wants the others in this very version. */
async function exactOurs(dependencies: Record<string, string>): Promise<Record<string, string>> {
  const pairs = Object.entries(dependencies).map(async ([name, range]) => {
    if (range !== 'workspace:*') return [name, range]
    const { version } = await manifestOf(name.replace('@countersign/', ''))
    return [name, version]
  })
  return Object.fromEntries(await Promise.all(pairs))
}

async function pack(copy: string, folder: string): Promise<string> {
  const args = ['pack', '--ignore-scripts', '--json', `--pack-destination=${folder}`]
  const { stdout } = await promisify(execFile)('npm', args, { cwd: copy })
  const [{ filename }] = JSON.parse(stdout)
  return join(folder, filename)
}
