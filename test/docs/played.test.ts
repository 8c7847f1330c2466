import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { blocks, root } from './_blocks.ts'
import { directedBlocks, writePlays } from './_plays.ts'
import type { Played } from './play.ts'

/** TypeScript of READMEs and guides runs: services let in whom they list, callers get their answers. */

const folder = await mkdtemp(join(root, 'test/.examples-'))
afterAll(() => rm(folder, { recursive: true }))

const plays = await writePlays(folder)
const program = fileURLToPath(new URL('play.ts', import.meta.url))
const flags = ['--conditions=@countersign/source', program, folder]
await promisify(execFile)(process.execPath, flags, { timeout: 120_000 })
const file = await readFile(join(folder, 'played.json'), 'utf8')
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
