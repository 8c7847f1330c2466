/**
 * Installs the packed tarballs into projects of every kind that users have, and runs them with every
 * Node that is promised: `pnpm matrix`, by hand and before a release. Prints one table; ends with 1
 * if a cell fails. Words after the command choose rows: `pnpm matrix esbuild Nest`. With
 * `--tarballs=FOLDER` those of this folder are installed, and nothing is built.
 */
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Kind, kinds } from './kinds.ts'
import { shellOf } from './shell.ts'
import { buildAndPack, install, run } from './tarballs.ts'

const versions = ['22.12.0', '24', '26']
const policy = fileURLToPath(new URL('countersign.jsonc', import.meta.url))

/** What each project has beside the packages; Nest's generator writes its own. */
const dependencies: Record<string, string[]> = {
  plain: [
    ...['express@5', '@types/express@5', '@types/node@22', 'typescript@5.9'],
    ...['esbuild', 'webpack', 'rollup', 'jest', '@types/jest', 'ts-jest', 'vitest'],
    ...['@rollup/plugin-node-resolve', '@rollup/plugin-commonjs', '@rollup/plugin-json'],
  ],
  docs: [
    ...['express@5', 'express4@npm:express@4', 'koa', 'supertest', 'esbuild'],
    ...['@opentelemetry/api', '@opentelemetry/sdk-metrics'],
  ],
  next: [
    ...['next', 'react', 'react-dom', '@types/react', 'typescript@5.9'],
    ...['express@5', '@types/express@5', '@types/node@22'],
  ],
}

const { values, positionals } = parseArgs({
  options: { tarballs: { type: 'string' } },
  allowPositionals: true,
})
const words = positionals.map((word) => word.toLowerCase())
const chosen = kinds.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word)),
)

const sandbox = await mkdtemp(join(tmpdir(), 'countersign-matrix-'))
try {
  await prepare()
  const rows: Row[] = []
  for (const kind of chosen) rows.push(await rowOf(kind))
  print(rows)
  if (rows.some(({ cells }) => cells.includes('FAILED'))) process.exitCode = 1
} finally {
  await rm(sandbox, { recursive: true, force: true })
}

interface Row {
  readonly name: string
  readonly cells: readonly string[]
}

async function prepare(): Promise<void> {
  const all = await tarballs()
  const ours = all.filter((path) => {
    return /countersign-(?:receiver|caller|express|policy|testing)-[^/]+$/.test(path)
  })
  const projects = new Set(chosen.map(({ project }) => project))
  for (const version of versions) await install(join(sandbox, `node-${version}`), `node@${version}`)
  await install(join(sandbox, 'with-peer'), 'google-auth-library', 'express@5')
  for (const project of projects) {
    say(`installs ${project}`)
    if (project.startsWith('nest-')) await generateNest(project)
    const packages = project === 'docs' ? all : ours
    await install(join(sandbox, project), ...packages, ...(dependencies[project] ?? []))
  }
}

/** The paths of all tarballs: those of the folder that was given, or new ones. */
async function tarballs(): Promise<string[]> {
  if (values.tarballs === undefined) {
    return [...(await buildAndPack(join(sandbox, 'tarballs'))).values()]
  }
  const folder = resolve(values.tarballs)
  const files = await readdir(folder)
  return files.filter((file) => file.endsWith('.tgz')).map((file) => join(folder, file))
}

/** With the generator's version that makes such a project when it isn't asked. */
async function generateNest(project: string): Promise<void> {
  const cli = project === 'nest-esm' ? '@nestjs/cli@12' : '@nestjs/cli@11'
  const options = ['--skip-install', '--skip-git', '--package-manager', 'npm']
  if (project === 'nest-esm') options.push('--no-observe')
  await run('npx', ['-y', cli, 'new', project, ...options], { cwd: sandbox })
}

async function rowOf(kind: Kind): Promise<Row> {
  const cells: string[] = []
  for (const version of versions) {
    say(`${kind.name}, Node ${version}`)
    cells.push(await cellOf(kind, version))
  }
  return { name: kind.name, cells }
}

async function cellOf(kind: Kind, version: string): Promise<string> {
  const started = Date.now()
  const name = `${kind.name}-${version}`.replaceAll(/[^\w.]+/g, '-')
  const project = join(sandbox, kind.project)
  const folder = kind.project === 'plain' ? join(project, name) : project
  try {
    await mkdir(folder, { recursive: true })
    await cp(policy, join(folder, 'countersign.jsonc'))
    const [node, newest] = [version, versions.at(-1)].map((one) =>
      join(sandbox, `node-${one}/node_modules/.bin`),
    ) as [string, string]
    const shell = shellOf({ folder, node, newest, withPeer: join(sandbox, 'with-peer') })
    await shell.write(kind.files)
    await kind.check(shell)
    return `ok ${((Date.now() - started) / 1000).toFixed(1)} s`
  } catch (error) {
    say(`FAILED: ${(error as Error).message}`)
    return 'FAILED'
  }
}

function print(rows: readonly Row[]): void {
  console.log(`\n| | ${versions.map((version) => `Node ${version}`).join(' | ')} |`)
  console.log(`|---|${versions.map(() => '---|').join('')}`)
  for (const { name, cells } of rows) {
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}

function say(what: string): void {
  console.error(`${new Date().toTimeString().slice(0, 8)} ${what}`)
}
