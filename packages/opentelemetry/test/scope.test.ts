import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { scope } from '../src/settings.ts'

test('the instrumentation scope is this package, in its version', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { name, version } = JSON.parse(text)
  expect(scope).toEqual({ name, version })
})
