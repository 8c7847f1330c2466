/** The guard is written three times, since the packages share nothing. It has to be one guard. */

import { describe, expect, test } from 'vitest'
import { emulatorUrl as callerGuard } from '../packages/caller/src/internal/emulator-guard.ts'
import { emulatorUrl as policyGuard } from '../packages/policy/src/internal/emulator-guard.ts'
import { emulatorUrl as receiverGuard } from '../packages/receiver/src/internal/emulator-guard.ts'

const local = 'http://127.0.0.1:8790'

describe.each([
  ['receiver', receiverGuard],
  ['caller', callerGuard],
  ['policy', policyGuard],
])('the guard of %s', (_package, emulatorUrl) => {
  test.each([[{}], [{ COUNTERSIGN_EMULATOR: '' }]])('%j: no emulator', (env) => {
    expect(emulatorUrl(env)).toBeUndefined()
  })

  test.each([
    ['http://127.0.0.1:8790'],
    ['http://127.1.2.3:8790'],
    ['http://[::1]:8790'],
    ['https://127.0.0.1:8790'],
  ])('%s is this machine', (url) => {
    expect(emulatorUrl({ COUNTERSIGN_EMULATOR: url })?.href).toBe(`${url}/`)
  })

  test.each([
    ['K_SERVICE'],
    ['K_REVISION'],
    ['CLOUD_RUN_JOB'],
    ['CLOUD_RUN_WORKER_POOL'],
    ['FUNCTION_TARGET'],
    ['GAE_ENV'],
  ])('beside %s it stops the start, empty or not', (name) => {
    for (const value of ['x', '']) {
      const env = { COUNTERSIGN_EMULATOR: local, [name]: value }
      expect(() => emulatorUrl(env)).toThrow(TypeError)
      expect(() => emulatorUrl(env)).toThrow(name)
    }
  })

  test.each([
    ['http://localhost:8790'],
    ['http://emulator:8790'],
    ['http://10.0.0.1:8790'],
    ['http://127.0.0.1.evil.example:8790'],
    ['http://127.evil.example:8790'],
    ['http://user@evil.example'],
    ['http://[::ffff:127.0.0.1]:8790'],
    ['http://[::2]:8790'],
    ['http://0.0.0.0:8790'],
  ])('%s is not this machine', (url) => {
    expect(() => emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toThrow(TypeError)
    expect(() => emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toThrow('COUNTERSIGN_EMULATOR')
  })

  test('a host that is named is taken, and no other', () => {
    const env = { COUNTERSIGN_EMULATOR_ALLOW_HOST: 'other, emulator' }
    expect(emulatorUrl({ ...env, COUNTERSIGN_EMULATOR: 'http://emulator:8790' })?.port).toBe('8790')
    expect(() => emulatorUrl({ ...env, COUNTERSIGN_EMULATOR: 'http://emulator2:8790' })).toThrow()
  })

  test.each([['yes'], ['127.0.0.1:8790'], ['ftp://127.0.0.1'], ['file:///etc/passwd']])(
    '%s is no URL of an emulator',
    (url) => {
      expect(() => emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toThrow(TypeError)
    },
  )
})
