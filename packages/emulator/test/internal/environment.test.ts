import { expect, test } from 'vitest'
import { assertNotInProduction } from '../../src/internal/environment.ts'

test('a laptop passes', () => {
  expect(() => assertNotInProduction({ HOME: '/home/ann' })).not.toThrow()
})

test('an empty variable is set too, as the guards of our packages have it', () => {
  expect(() => assertNotInProduction({ K_SERVICE: '' })).toThrow('K_SERVICE is set')
})

test('Cloud Run is refused, and the error says why', () => {
  expect(() => assertNotInProduction({ K_SERVICE: 'login' })).toThrow(
    'The emulator must never run in production: K_SERVICE is set, so this is Cloud Run',
  )
})
