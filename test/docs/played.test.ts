import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { blocks, root } from './_blocks.ts'
import { directedBlocks, filesFor, playsOf } from './_plays.ts'
import type { Played } from './play.ts'

/** TypeScript of READMEs and guides runs: services let in whom they list, callers get their answers. */

const folder = await mkdtemp(join(root, 'test/.examples-'))
afterAll(() => rm(folder, { recursive: true }))

const plays = playsOf()
for (const [path, text] of Object.entries(filesFor(plays))) {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}
const program = fileURLToPath(new URL('play.ts', import.meta.url))
const flags = ['--conditions=@countersign/source', program, folder]
const options = { timeout: 120_000 }
const { stderr } = await promisify(execFile)(process.execPath, flags, options).catch(
  (error) => error,
)
const result = join(folder, 'played.json')
if (!existsSync(result)) throw new Error(`a block ended the process: ${stderr}`)
const file = await readFile(result, 'utf8')
const played = JSON.parse(file) as Record<string, Played>

test.each(plays)('$at', ({ at }) => {
  const { did, error } = played[at] ?? { error: 'not played' }
  expect(error).toBeUndefined()
  expect(did?.length).toBeGreaterThan(0)
})

test('each direction is for one block', () => {
  for (const text of directedBlocks) {
    expect(blocks.filter(({ code }) => code.includes(text)).length, text).toBe(1)
  }
})
