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
import { licencesOf } from './licences.ts'

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
  writeFileSync(`${draft}/licences.txt`, licencesOf(await bundleScript(draft)))
  writeFileSync(`${draft}/page.css`, styles())
  cpSync(`${source}index.html`, `${draft}/index.html`)
  const former = `${draft}-former`
  if (existsSync(folder)) renameSync(folder, former)
  renameSync(draft, folder)
  rmSync(former, { recursive: true, force: true })
}

/** Returns the modules whose code is in the script. */
async function bundleScript(dir: string): Promise<string[]> {
  const { output } = await build({
    input: `${source}src/main.tsx`,
    platform: 'browser',
    output: { dir, entryFileNames: 'page.js', format: 'esm', minify: true },
  })
  return output[0].moduleIds
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

if (import.meta.main) {
  await buildPage()
  console.log('built the page of the emulator')
}
