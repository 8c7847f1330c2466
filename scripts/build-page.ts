/**
 * Builds the emulator's page into `packages/emulator/dist/page`: one script, one style sheet, and
 * the licences of what is bundled. Takes a fraction of a second.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const source = fileURLToPath(new URL('../packages/emulator/page/', import.meta.url))
const target = fileURLToPath(new URL('../packages/emulator/dist/page/', import.meta.url))

/**
 * Builds the page. An emulator that runs meanwhile finds the old page or the new one, never none.
 *
 * @param folder where to
 */
export async function buildPage(folder: string = target): Promise<void> {
  const draft = `${folder.replace(/\/$/, '')}-${process.pid}`
  mkdirSync(draft, { recursive: true })
  await bundleScript(draft)
  writeFileSync(`${draft}/page.css`, styles())
  writeFileSync(`${draft}/licences.txt`, licences())
  cpSync(`${source}index.html`, `${draft}/index.html`)
  const former = `${draft}-former`
  if (existsSync(folder)) renameSync(folder, former)
  renameSync(draft, folder)
  rmSync(former, { recursive: true, force: true })
}

async function bundleScript(dir: string): Promise<void> {
  await build({
    input: `${source}src/main.tsx`,
    platform: 'browser',
    output: { dir, entryFileNames: 'page.js', format: 'esm', minify: true },
  })
}

/** In the order of their names: what comes later may rely on what comes before. */
function styles(): string {
  const folder = `${source}src/styles/`
  const files = readdirSync(folder).filter((file) => file.endsWith('.css'))
  return files
    .sort()
    .map((file) => readFileSync(folder + file, 'utf8'))
    .join('\n')
}

/** Those of the page's dependencies that are bundled; ours are types alone. */
function licences(): string {
  const { devDependencies } = JSON.parse(readFileSync(`${source}package.json`, 'utf8'))
  const foreign = Object.keys(devDependencies).filter((name) => !name.startsWith('@countersign/'))
  return foreign.map(licenceOf).join('\n\n')
}

function licenceOf(name: string): string {
  const folder = `${source}node_modules/${name}`
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  if (!file) throw new Error(`${name} has no licence file`)
  return `${name}\n\n${readFileSync(`${folder}/${file}`, 'utf8')}`
}

if (import.meta.main) {
  await buildPage()
  console.log('built the page of the emulator')
}
