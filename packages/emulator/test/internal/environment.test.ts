import { expect, test } from 'vitest'
import { assertNotInProduction } from '../../src/internal/environment.ts'

test('a laptop passes, and so do empty variables', () => {
  expect(() => assertNotInProduction({ HOME: '/home/ann', K_SERVICE: '' })).not.toThrow()
})

test('Cloud Run is refused, and the error says why', () => {
  expect(() => assertNotInProduction({ K_SERVICE: 'login' })).toThrow(
    'The emulator must never run in production: K_SERVICE is set, so this is Cloud Run',
  )
})
