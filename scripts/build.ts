/**
 * Builds `dist/esm` of every package, and `dist/cjs` of those that say in their exports that they
 * have one: NestJS's default configuration and Jest without flags still load CommonJS, and an
 * ESM-only package fails there. Types come from `tsc`; the code is bundled, one file a build, since
 * Node's ES module loader takes 0.8 ms for each file, which a cold start on Cloud Run pays for.
 * The emulator's page goes into its `dist/page`.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type OutputOptions } from 'rolldown'
import { buildPage } from './build-page.ts'

const packagesFolder = new URL('../packages/', import.meta.url)
/** Those that are published; the private one is bundled into them. */
const packages = readdirSync(packagesFolder).filter((name) => !manifestOf(name).private)

for (const name of packages) {
  for (const dir of ['dist/esm', 'dist/cjs']) {
    rmSync(inPackage(name, dir), { recursive: true, force: true })
  }
}
tsc('-b', ...packages.map((name) => inPackage(name, 'tsconfig.json')), '--emitDeclarationOnly')
await Promise.all(packages.map((name) => bundle(name, { dir: 'dist/esm', format: 'esm' })))
await Promise.all(packages.filter(hasCommonJs).map(buildCommonJs))
await buildPage()
console.log(`built ${packages.length} packages`)

async function buildCommonJs(name: string): Promise<void> {
  const dir = 'dist/cjs'
  await bundle(name, { dir, format: 'cjs' })
  const declarations = ['--emitDeclarationOnly', '--composite', 'false', '--incremental', 'false']
  tsc('-p', inPackage(name, 'tsconfig.json'), '--outDir', inPackage(name, dir), ...declarations)
  writeFileSync(inPackage(name, `${dir}/package.json`), '{ "type": "commonjs" }\n')
}

async function bundle(name: string, { dir = '', ...output }: OutputOptions): Promise<void> {
  await build({
    input: inPackage(name, entryOf(name)),
    platform: 'node',
    // The oldest Node that is promised knows no `using`.
    transform: { target: 'node22.12' },
    external: isExternal,
    resolve: { conditionNames: ['@countersign/source', 'import'] },
    output: { dir: inPackage(name, dir), sourcemap: true, ...output },
  })
}

/** All but the package's own files, what the bundler itself adds, and `@countersign/shared`. */
function isExternal(id: string): boolean {
  return !/^[./]|^@countersign\/shared\/|@oxc-project/.test(id)
}

/** A package that is only a command exports no module. */
function entryOf(name: string): string {
  return exportsOf(name) === undefined ? 'src/main.ts' : 'src/index.ts'
}

function hasCommonJs(name: string): boolean {
  return exportsOf(name)?.require !== undefined
}

function exportsOf(name: string): Record<string, unknown> | undefined {
  return manifestOf(name).exports['.']
}

function manifestOf(name: string) {
  return JSON.parse(readFileSync(inPackage(name, 'package.json'), 'utf8'))
}

function inPackage(name: string, path: string): string {
  return fileURLToPath(new URL(`${name}/${path}`, packagesFolder))
}

function tsc(...args: string[]): void {
  execFileSync('tsc', args, { stdio: 'inherit' })
}
