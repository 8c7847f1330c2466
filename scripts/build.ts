/**
 * Builds `dist/esm` of every package, and `dist/cjs` of those that say in their exports that they
 * have one: NestJS's default configuration and Jest without flags still load CommonJS, and an
 * ESM-only package fails there. The code is bundled, one file a build, since Node's ES module loader
 * takes 0.8 ms for each file, which a cold start on Cloud Run pays for. Of the declarations, which
 * `tsc` writes to `out`, those are copied that users reach. The emulator's page goes into its
 * `dist/page`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type OutputOptions } from 'rolldown'
import { buildPage } from './build-page.ts'
import { licencesOf } from './licences.ts'

const packagesFolder = new URL('../packages/', import.meta.url)
/** Those that are published; the private one is bundled into them. */
const packages = readdirSync(packagesFolder).filter((name) => !manifestOf(name).private)
const relativeImport = /(['"]\.\.?\/[^'"]+)\.ts(['"])/g

for (const name of packages) {
  for (const dir of ['dist/esm', 'dist/cjs', 'dist/licences.txt']) {
    rmSync(inPackage(name, dir), { recursive: true, force: true })
  }
}
execFileSync('tsc', ['-b', ...packages.map((name) => inPackage(name, ''))], { stdio: 'inherit' })
await Promise.all(packages.map(buildPackage))
await buildPage()
console.log(`built ${packages.length} packages`)

async function buildPackage(name: string): Promise<void> {
  const bundled = await bundle(name, { dir: 'dist/esm', format: 'esm' })
  copyDeclarations(name, 'dist/esm')
  if (hasCommonJs(name)) {
    bundled.push(...(await bundle(name, { dir: 'dist/cjs', format: 'cjs' })))
    copyDeclarations(name, 'dist/cjs')
    writeFileSync(inPackage(name, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n')
  }
  const licences = licencesOf(bundled)
  if (licences) writeFileSync(inPackage(name, 'dist/licences.txt'), licences)
}

/** Returns the modules whose code is in the bundle. */
async function bundle(name: string, { dir = '', ...output }: OutputOptions): Promise<string[]> {
  const { output: chunks } = await build({
    input: inPackage(name, entryOf(name)),
    platform: 'node',
    // The oldest Node that is promised knows no `using`.
    transform: { target: 'node22.12' },
    external: (id) => isExternal(id, name),
    resolve: {
      conditionNames: ['@countersign/source', 'import'],
      // jsonc-parser's `main` requires its parts by a variable, which no bundler of a user can follow.
      mainFields: ['module', 'main'],
    },
    output: { dir: inPackage(name, dir), sourcemap: true, ...output },
  })
  return chunks.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
}

/** Whether users install a module beside the package. Its own files and its devDependencies are bundled. */
function isExternal(id: string, name: string): boolean {
  const { dependencies = {}, peerDependencies = {} } = manifestOf(name)
  const installed = Object.keys({ ...dependencies, ...peerDependencies })
  return id.startsWith('node:') || installed.some((one) => id === one || id.startsWith(`${one}/`))
}

/** The package's entry's declarations, and what they import: the rest would name what isn't there. */
function copyDeclarations(name: string, dir: string): void {
  if (exportsOf(name) === undefined) return
  const copied = new Set<string>()
  function copy(file: string): void {
    if (copied.has(file)) return
    copied.add(file)
    const text = readFileSync(inPackage(name, `out/${file}`), 'utf8')
    const target = inPackage(name, `${dir}/${file}`)
    mkdirSync(dirname(target), { recursive: true })
    // Compilers before 5.0 know no `.ts` in an import.
    writeFileSync(target, text.replaceAll(relativeImport, '$1.js$2'))
    for (const [, path] of text.matchAll(relativeImport))
      copy(join(dirname(file), `${path?.slice(1)}.d.ts`))
  }
  copy('index.d.ts')
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
