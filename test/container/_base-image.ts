/**
 * Stands for `node:26-slim`, which no registry here has: that Node and its npm, a shell, and the few
 * programs and libraries of this machine that they need, in a root with nothing else.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { mustRun } from '../interop/_run.ts'

/** Programs that slim has, as far as anything asks for them. */
const programs = ['sh', 'env', 'cat', 'chmod', 'cp', 'id', 'ls', 'mkdir', 'mv', 'rm', 'uname']

/** The user that node's images bring along. */
export const nodeUser = '1000:1000'

/** What every image has in its environment. */
export const imageEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
}

/**
 * Makes the root in a folder.
 *
 * @param image what `FROM` says
 * @param options where to, and where downloads are kept
 */
export async function makeBaseImage(
  image: string,
  { root, cache }: { root: string; cache: string },
): Promise<void> {
  const [, major] = /^node:(\d+)-slim$/.exec(image) ?? []
  if (!major) throw new Error(`${image} has no stand-in here: write one`)
  makeFolders(root)
  const platform = `${process.platform}-${process.arch}`
  const node = await downloaded(`node-${platform}@${major}`, cache)
  const npm = await downloaded('npm@11', cache)
  install(join(node, 'bin/node'), { root, as: '/usr/local/bin/node' })
  cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true })
  for (const name of ['npm', 'npx']) {
    const script = `../lib/node_modules/npm/bin/${name}-cli.js`
    symlinkSync(script, join(root, 'usr/local/bin', name))
  }
  for (const name of programs) await installProgram(name, root)
  const libraries = await librariesOf(join(node, 'bin/node'))
  for (const library of [...libraries, ...restOfLibc(libraries)]) install(library, { root })
}

/** What lies beside libc and was part of it for long: other binaries of npm's registry name them. */
function restOfLibc(libraries: readonly string[]): string[] {
  const folder = dirname(libraries.find((library) => library.endsWith('/libc.so.6')) ?? '')
  const names = ['libdl.so.2', 'libpthread.so.0', 'libresolv.so.2', 'librt.so.1', 'libutil.so.1']
  return names.map((name) => join(folder, name)).filter(existsSync)
}

function makeFolders(root: string): void {
  const folders = [
    'bin',
    'dev',
    'etc',
    'home/node',
    'proc',
    'root',
    'tmp',
    'usr/bin',
    'usr/local/bin',
  ]
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true })
  // Everybody's. The mode that a folder is made with is narrowed by the umask.
  chmodSync(join(root, 'tmp'), 0o1777)
  const people = ['root:x:0:0::/root:/bin/sh', 'node:x:1000:1000::/home/node:/bin/sh', '']
  writeFileSync(join(root, 'etc/passwd'), people.join('\n'))
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n')
}

/** A package of npm's registry, unpacked. */
async function downloaded(name: string, cache: string): Promise<string> {
  const folder = join(cache, name.replace('@', '-'))
  if (!existsSync(join(folder, 'package.json'))) {
    mkdirSync(folder, { recursive: true })
    const pack = ['npm', 'pack', '--silent', '--pack-destination', folder, name] as const
    const file = (await mustRun({ args: pack }, 120_000)).trim()
    await mustRun({
      args: ['tar', '-xzf', join(folder, file), '-C', folder, '--strip-components=1'],
    })
  }
  return folder
}

async function installProgram(name: string, root: string): Promise<void> {
  const file = (await mustRun({ args: ['sh', '-c', 'command -v "$0"', name] })).trim()
  install(realpathSync(file), { root, as: `/usr/bin/${name}` })
  // /bin is /usr/bin on today's Debian; scripts say either.
  symlinkSync(`/usr/bin/${name}`, join(root, 'bin', name))
  for (const library of await librariesOf(file)) install(library, { root })
}

/** Those that the loader would load, the loader itself among them. */
async function librariesOf(file: string): Promise<string[]> {
  const listed = await mustRun({ args: ['ldd', file] })
  return [...listed.matchAll(/(?<=\s)\/\S+/g)].map(([library]) => library)
}

function install(file: string, { root, as = file }: { root: string; as?: string }): void {
  const target = join(root, as)
  if (existsSync(target)) return
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(file, target)
}
