/** The checks of others on the packed packages: publint, and Are the types wrong? */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './pack.ts'
import { filesOf } from './tarball.ts'

/** A package without CommonJS is one on purpose, and one without types is a command. */
const esmOnly = ['--profile', 'esm-only']

export async function publint(tarball: string): Promise<void> {
  await tool('publint', tarball, '--strict')
}

export async function areTheTypesWrong(tarball: string): Promise<void> {
  const { exports } = JSON.parse(filesOf(tarball).get('package.json')?.toString() ?? '{}')
  const entry = exports['.']
  if (entry === undefined) return
  await tool('attw', tarball, '--format', 'ascii', ...(entry.require ? [] : esmOnly))
}

/** An error holds what the tool wrote. */
async function tool(name: string, ...args: string[]): Promise<void> {
  const command = join(root, 'node_modules/.bin', name)
  await promisify(execFile)(command, args, { cwd: root }).catch(({ stdout, stderr }) => {
    throw new Error(`${name} ${args.join(' ')}\n${stdout}${stderr}`)
  })
}
