import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { root } from '../../scripts/release/pack.ts'
import { actionlint, lintWorkflows } from '../../scripts/release/workflows.ts'

const command = await actionlint()

describe.skipIf(command === undefined)('actionlint', () => {
  test('has nothing against the workflows', async () => {
    await lintWorkflows(command ?? [], root)
  }, 120_000)

  test('would find a mistake', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-workflows-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, '.git'))
    await mkdir(join(folder, '.github/workflows'), { recursive: true })
    const text = await readFile(join(root, '.github/workflows/ci.yml'), 'utf8')
    const wrong = text.replace('runs-on:', 'runs-in:')
    await writeFile(join(folder, '.github/workflows/ci.yml'), wrong)
    await expect(lintWorkflows(command ?? [], folder)).rejects.toThrow()
  }, 120_000)
})
