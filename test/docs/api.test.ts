import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { root } from './_blocks.ts'

test('docs/api is what the docstrings say: else run pnpm api', async () => {
  const args = [join(root, 'scripts/api/write.ts'), '--check']
  const { stderr } = await promisify(execFile)(process.execPath, args).catch((error) => error)
  expect(stderr).toBe('')
}, 120_000)
