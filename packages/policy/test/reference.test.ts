import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { reference, referenceFile } from '../scripts/reference.ts'

test('the page on the policy file is as the schema: npx -y pnpm@12 --dir packages/policy reference', () => {
  expect(readFileSync(referenceFile, 'utf8')).toBe(reference())
})
