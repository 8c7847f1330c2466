/** Writes docs/api, or with --check says which of its pages are out of date: `pnpm api`. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiFolder, apiPages } from './reference.ts'

const pages = await apiPages()
if (process.argv.includes('--check')) await check()
else await write()

async function write(): Promise<void> {
  await rm(apiFolder, { recursive: true, force: true })
  await mkdir(apiFolder, { recursive: true })
  for (const [file, text] of pages) await writeFile(join(apiFolder, file), text)
}

async function check(): Promise<void> {
  for (const [file, text] of pages) {
    const path = join(apiFolder, file)
    if (existsSync(path) && (await readFile(path, 'utf8')) === text) continue
    console.error(`docs/api/${file} is not what the docstrings say: npx -y pnpm@12 api`)
    process.exitCode = 1
  }
}
