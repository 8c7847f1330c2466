/** The packages as users get them. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const run = promisify(execFile)
export const root = fileURLToPath(new URL('../..', import.meta.url))

const folders = await readdir(join(root, 'packages'))
/** Those that are published: the private one is bundled into them. */
export const packages = folders.filter((name) => name !== 'shared')

/**
 * Builds and packs every package.
 *
 * @param folder where to
 * @returns the tarballs' paths, by the packages' folders
 */
export async function packAll(folder: string): Promise<Map<string, string>> {
  await run('node', [join(root, 'scripts/build.ts')], { cwd: root })
  await mkdir(folder, { recursive: true })
  const tarballs = await Promise.all(packages.map((name) => pack(name, folder)))
  return new Map(packages.map((name, i) => [name, tarballs[i] as string]))
}

async function pack(name: string, folder: string): Promise<string> {
  const cwd = join(root, 'packages', name)
  await run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', folder], { cwd })
  const manifest = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'))
  return join(folder, `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`)
}

/** Installs packages with npm, as most users do, into a project that is made if it isn't there. */
export async function install(project: string, ...names: string[]): Promise<void> {
  await mkdir(project, { recursive: true })
  const manifest = join(project, 'package.json') // without one, npm installs into a folder above
  if (!existsSync(manifest)) await writeFile(manifest, '{ "private": true }')
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  await run('npm', ['install', ...quiet, ...names], { cwd: project })
}
