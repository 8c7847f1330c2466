/** The packages as users get them, installed as users do. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packAll, root } from '../../scripts/release/pack.ts'

export { packages, root } from '../../scripts/release/pack.ts'

export const run = promisify(execFile)

/**
 * Builds and packs every package.
 *
 * @param folder where to
 * @returns the tarballs' paths, by the packages' folders
 */
export async function buildAndPack(folder: string): Promise<Map<string, string>> {
  await run('node', [join(root, 'scripts/build.ts')], { cwd: root })
  return packAll(folder)
}

/** Installs packages with npm, as most users do, into a project that is made if it isn't there. */
export async function install(project: string, ...names: string[]): Promise<void> {
  await mkdir(project, { recursive: true })
  const manifest = join(project, 'package.json') // without one, npm installs into a folder above
  if (!existsSync(manifest)) await writeFile(manifest, '{ "private": true }')
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  await run('npm', ['install', ...quiet, ...names], { cwd: project })
}
