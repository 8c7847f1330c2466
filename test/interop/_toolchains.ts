/** What the clients are built with. Everything that is downloaded stays in node_modules/.cache. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { mustRun } from './_run.ts'

/** The clients' own files, by language. */
export const sources = fileURLToPath(new URL('clients', import.meta.url))
/** What is made of them. */
export const built = fileURLToPath(new URL('../../node_modules/.cache/interop', import.meta.url))

/** A language, and how its clients are made ready. */
export interface Toolchain {
  readonly name: string
  /** Programs that it takes, with the argument that makes each tell its version. */
  readonly programs: readonly (readonly [program: string, argument: string])[]
  /** The environment variable that has to be `yes`, for one that builds for minutes. */
  readonly optIn?: string
  /** Downloads and builds; run again only once a file of the language has changed. */
  readonly setUp?: (folder: string) => Promise<void>
}

const minutes = 60_000

export const node: Toolchain = {
  name: 'node',
  programs: [['node', '--version']],
  async setUp(folder) {
    for (const name of ['google-auth-library', 'google-auth-library-10']) {
      const installed = fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url))
      await rm(join(folder, name), { recursive: true, force: true })
      await cp(join(sources, 'node'), join(folder, name), { recursive: true })
      await mkdir(join(folder, name, 'node_modules'), { recursive: true })
      await symlink(installed, join(folder, name, 'node_modules/google-auth-library'))
    }
  },
}

export const python: Toolchain = {
  name: 'python',
  programs: [['python3', '--version']],
  async setUp(folder) {
    // An old one beside the newest, as long-lived services have: up to 2.23 it is the stricter client.
    for (const name of ['google-auth', 'google-auth-2.23']) {
      const environment = join(folder, name)
      await mustRun({ args: ['python3', '-m', 'venv', environment] }, 2 * minutes)
      const requirements = join(sources, `python/${name}.txt`)
      const pip = ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '-r', requirements]
      await mustRun({ args: [join(environment, 'bin/python'), ...pip] }, 3 * minutes)
    }
  },
}

export const go: Toolchain = {
  name: 'go',
  programs: [['go', 'version']],
  async setUp(folder) {
    const env = {
      ...process.env,
      GOPATH: join(folder, 'path'),
      GOCACHE: join(folder, 'cache'),
      GOFLAGS: '-modcacherw -buildvcs=false', // a read-only cache could not be removed
      GOTOOLCHAIN: 'local',
      CGO_ENABLED: '0',
    }
    // Unoptimized, which saves a quarter of the time.
    const args = ['go', 'build', '-gcflags=all=-N -l', '-o', `${folder}/`, './...'] as const
    await mustRun({ args, cwd: join(sources, 'go'), env }, 7 * minutes)
  },
}

export const java: Toolchain = {
  name: 'java',
  programs: [
    ['javac', '-version'],
    ['mvn', '--version'],
  ],
  async setUp(folder) {
    const list = join(folder, 'classpath')
    const options = [`-Dmaven.repo.local=${folder}/repository`, `-Dmdep.outputFile=${list}`]
    const pom = ['-f', join(sources, 'java/pom.xml'), 'dependency:build-classpath']
    await mustRun({ args: ['mvn', '-B', '-q', '-ntp', ...options, ...pom] }, 5 * minutes)
    const classes = ['Call', 'Sample', 'Authentication', 'Emulator', 'Verify', 'Guard']
    const files = classes.map((name) => join(sources, `java/${name}.java`))
    const classpath = await readFile(list, 'utf8')
    await mustRun({ args: ['javac', '-d', folder, '-cp', classpath, ...files] }, minutes)
  },
}

export const rust: Toolchain = {
  name: 'rust',
  programs: [['cargo', '--version']],
  optIn: 'INTEROP_RUST',
  async setUp(folder) {
    // A copy: cargo writes a lock file beside the sources.
    await cp(join(sources, 'rust'), folder, { recursive: true })
    await mustRun({ args: ['cargo', 'build', '--quiet'], cwd: folder }, 7 * minutes)
  },
}

export const gcloud: Toolchain = {
  name: 'gcloud',
  programs: [
    ['gcloud', '--version'],
    ['curl', '--version'],
  ],
}

export const curl: Toolchain = {
  name: 'curl',
  programs: [
    ['curl', '--version'],
    ['openssl', 'version'],
  ],
}

/** The first line that each of a toolchain's programs says of itself. Throws where one is missing. */
export async function makeReady(toolchain: Toolchain): Promise<string> {
  const { name, optIn, programs, setUp } = toolchain
  if (isLeftOut(toolchain)) throw new Error(`it builds for minutes: set ${optIn}=yes`)
  const said = await Promise.all(programs.map((args) => mustRun({ args })))
  if (setUp) await once(name, setUp)
  return said.map((text) => stripVTControlCharacters(text).split(/ ?[\n(]/)[0]).join(', ')
}

/** Whether nobody asked for what has to be asked for. */
export function isLeftOut({ optIn }: Toolchain): boolean {
  return optIn !== undefined && process.env[optIn] !== 'yes'
}

/** Whether that failed since the machine has no such program. */
export function isMissing(error: Error): boolean {
  return 'syscall' in error && String(error.syscall).startsWith('spawn ')
}

async function once(name: string, setUp: NonNullable<Toolchain['setUp']>): Promise<void> {
  const folder = join(built, name)
  const stamp = join(folder, `ready-${await digestOf(join(sources, name))}`)
  if (existsSync(stamp)) return
  await mkdir(folder, { recursive: true })
  console.log(`interop: ${name}: downloading and building, once`)
  const startedAt = Date.now()
  await setUp(folder)
  await writeFile(stamp, '')
  console.log(`interop: ${name}: ready after ${((Date.now() - startedAt) / 1000).toFixed(0)} s`)
}

async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256').update(process.version)
  for (const file of (await readdir(folder, { recursive: true })).sort()) {
    hash.update(file)
    if (/\.\w+$/.test(file)) hash.update(await readFile(join(folder, file)))
  }
  return hash.digest('hex').slice(0, 16)
}
