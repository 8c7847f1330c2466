/**
 * Builds `dist/esm` of every package and `dist/cjs` of those that say in their exports that they
 * have one. Plain `tsc`, twice: NestJS's default configuration and Jest without flags still load
 * CommonJS, and an ESM-only package fails there.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const packagesFolder = new URL('../packages/', import.meta.url)
const packages = readdirSync(packagesFolder)

const commonJs = [
  ['--module', 'commonjs'],
  ['--moduleResolution', 'bundler'],
  ['--verbatimModuleSyntax', 'false'],
  ['--composite', 'false'],
  ['--incremental', 'false'],
  ['--tsBuildInfoFile', 'null'],
].flat()

for (const name of packages) rmSync(inPackage(name, 'dist'), { recursive: true, force: true })
tsc('-b', ...packages.map((name) => inPackage(name, 'tsconfig.json')))
for (const name of packages.filter(hasCommonJs)) buildCommonJs(name)
console.log(`built ${packages.length} packages`)

function buildCommonJs(name: string): void {
  const outDir = inPackage(name, 'dist/cjs')
  tsc('-p', inPackage(name, 'tsconfig.json'), '--outDir', outDir, ...commonJs)
  writeFileSync(`${outDir}/package.json`, '{ "type": "commonjs" }\n')
}

function hasCommonJs(name: string): boolean {
  const { exports } = JSON.parse(readFileSync(inPackage(name, 'package.json'), 'utf8'))
  return exports['.'].require !== undefined
}

function inPackage(name: string, path: string): string {
  return fileURLToPath(new URL(`${name}/${path}`, packagesFolder))
}

function tsc(...args: string[]): void {
  execFileSync('tsc', args, { stdio: 'inherit' })
}
