/**
 * Makes a release: checks all that can be checked, and leaves in `dist/release` what is published.
 * `pnpm release --dry-run` does so at any time. Without `--dry-run` it is what the release workflow
 * runs, and refuses as long as something is missing. Neither publishes: that workflow does, with the
 * files of this one.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { blockersOf, type Checkout, readCheckout } from './blockers.ts'
import { areTheTypesWrong, publint } from './lint.ts'
import { notesOf, orderOf } from './notes.ts'
import { packAll, root } from './pack.ts'
import { bomsOf, foreignLicences, schemaErrors } from './sbom.ts'
import { kilobytes, sizeOf, tooLarge } from './sizes.ts'
import { filesOf } from './tarball.ts'
import { actionlint, howToGetActionlint, lintWorkflows } from './workflows.ts'

const folder = join(root, 'dist/release')
const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
const isDry = values['dry-run']
const failed: string[] = []

await step('the checkout', checkCheckout)
if (!isDry && failed.length > 0) process.exit(1)
await step('build', () => command('node', 'scripts/build.ts'))
if (failed.length === 0) await checkPackages()
await step('workflows: actionlint', checkWorkflows)
await step('import cost', () =>
  command('node', '--conditions=@countersign/source', 'bench/run.ts', 'cost', '--check'),
)
await step('matrix', () => command('node', 'test/matrix/run.ts', `--tarballs=${folder}`))

console.log(failed.length === 0 ? '\nall checks passed' : `\nFAILED: ${failed.join(', ')}`)
console.log(isDry ? 'a dry run: nothing is published' : `${folder} holds what is to be published`)
process.exitCode = failed.length === 0 ? 0 : 1

async function checkCheckout(): Promise<void> {
  const blockers = blockersOf(await readCheckout())
  for (const line of blockers) console.log(`${isDry ? 'a release would wait' : 'refused'}: ${line}`)
  if (!isDry && blockers.length > 0) throw new Error('not ready for a release')
}

/** All that needs the tarballs; none of it goes without the others. */
async function checkPackages(): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const tarballs = await packAll(folder)
  await step('contents', async () => {
    for (const path of tarballs.values()) console.log(`${basename(path)}\n${contentsOf(path)}`)
  })
  await step('publint', () => each(tarballs, publint))
  await step('are the types wrong', () => each(tarballs, areTheTypesWrong))
  await step('sizes', async () => printSizes(tarballs))
  await step('licences and bills of materials', () => writeBoms(tarballs))
  await step('what the workflow publishes', async () => {
    await writeLists(tarballs, await readCheckout())
  })
}

async function each(
  tarballs: ReadonlyMap<string, string>,
  check: (tarball: string) => Promise<void>,
): Promise<void> {
  for (const path of tarballs.values()) {
    await check(path)
    console.log(`ok ${basename(path)}`)
  }
}

function contentsOf(tarball: string): string {
  return [...filesOf(tarball)]
    .map(([path, { length }]) => `${String(length).padStart(9)} ${path}`)
    .join('\n')
}

function printSizes(tarballs: ReadonlyMap<string, string>): void {
  const sizes = [...tarballs].map(([name, path]) => ({ name, size: sizeOf(path) }))
  for (const { name, size } of sizes) {
    const parts = Object.entries(size).map(([what, bytes]) => `${what} ${kilobytes(bytes)} kB`)
    console.log(`${name}: ${parts.join(', ')}`)
  }
  throwIfAny(sizes.flatMap(({ name, size }) => tooLarge(name, size)))
}

async function writeBoms(tarballs: ReadonlyMap<string, string>): Promise<void> {
  const lines: string[] = []
  for (const [name, bom] of await bomsOf(tarballs)) {
    const errors = await schemaErrors(bom)
    if (errors !== undefined) lines.push(`${name}: ${JSON.stringify(errors)}`)
    lines.push(...foreignLicences(bom).map((line) => `${name} has ${line}`))
    const file = (tarballs.get(name) as string).replace('.tgz', '.cdx.json')
    await writeFile(file, `${JSON.stringify(bom, undefined, 2)}\n`)
    console.log(`${basename(file)}: ${bom.components.length} components, all licences allowed`)
  }
  throwIfAny(lines)
}

async function writeLists(
  tarballs: ReadonlyMap<string, string>,
  checkout: Checkout,
): Promise<void> {
  const order = await orderOf(tarballs)
  await writeFile(join(folder, 'packages.txt'), order)
  await writeFile(join(folder, 'NOTES.md'), notesOf(checkout))
  const files = [...tarballs.values()].flatMap((path) => [path, path.replace('.tgz', '.cdx.json')])
  const sums = files.map((path) => `${sha256(path)}  ${basename(path)}\n`).join('')
  await writeFile(join(folder, 'SHA256SUMS'), sums)
  console.log(`${order}${sums}`)
}

async function checkWorkflows(): Promise<void> {
  const found = await actionlint()
  if (found === undefined && isDry) return console.log(`SKIPPED: ${howToGetActionlint}`)
  if (found === undefined) throw new Error(howToGetActionlint)
  await lintWorkflows(found, root)
  console.log('ok')
}

async function step(title: string, run: () => Promise<void>): Promise<void> {
  const started = Date.now()
  console.log(`\n== ${title}`)
  await run().catch((error: Error) => {
    failed.push(title)
    console.log(`FAILED: ${error.message}`)
  })
  console.log(`== ${title}: ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

async function command(name: string, ...args: string[]): Promise<void> {
  const [code] = await once(spawn(name, args, { cwd: root, stdio: 'inherit' }), 'exit')
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}`)
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

function throwIfAny(lines: readonly string[]): void {
  if (lines.length > 0) throw new Error(lines.join('\n'))
}
