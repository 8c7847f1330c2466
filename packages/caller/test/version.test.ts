import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { version } from '../src/targets/targets-in-force.ts'

test('the version that log and health name is the one of the package', () => {
  expect(version).toBe(manifest.version)
})
