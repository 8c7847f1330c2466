import { expect, test } from 'vitest'
import { emulatorUrl } from '../../src/internal/emulator-guard.ts'

test('without the variable there is no emulator', () => {
  expect(emulatorUrl({})).toBeUndefined()
  expect(emulatorUrl({ COUNTERSIGN_EMULATOR: '' })).toBeUndefined()
})

test('a loopback address is taken', () => {
  expect(emulatorUrl({ COUNTERSIGN_EMULATOR: 'http://127.0.0.1:8790' })?.port).toBe('8790')
})
