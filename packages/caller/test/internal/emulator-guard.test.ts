import { describe, expect, test } from 'vitest'
import { emulatorUrl } from '../../src/internal/emulator-guard.ts'

describe('the emulator guard', () => {
  test.each([{}, { COUNTERSIGN_EMULATOR: '' }, { K_SERVICE: 'login' }])('finds none in %o', (env) =>
    expect(emulatorUrl(env)).toBeUndefined(),
  )

  test.each(['http://127.0.0.1:8085', 'http://127.10.20.30', 'https://[::1]:1', 'http://0x7f.1'])(
    'takes %s',
    (url) => expect(emulatorUrl({ COUNTERSIGN_EMULATOR: url })?.href).toBe(new URL(url).href),
  )

  test.each([
    'http://localhost:8085',
    'http://10.0.0.1',
    'http://127.0.0.1.evil.example',
    'http://[::ffff:127.0.0.1]',
    'http://emulator:8085',
  ])('refuses %s, which may be another machine', (url) => {
    expect(() => emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toThrow(TypeError)
    expect(() => emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toThrow('127.0.0.1')
  })

  test('takes a host that is named', () => {
    const env = {
      COUNTERSIGN_EMULATOR: 'http://emulator:8085',
      COUNTERSIGN_EMULATOR_ALLOW_HOST: 'other, Emulator',
    }
    expect(emulatorUrl(env)?.host).toBe('emulator:8085')
  })

  test.each(['emulator', '127.0.0.1:8085', 'ftp://127.0.0.1', 'http://a:b@127.0.0.1', ':'])(
    'refuses %s, which is no http URL',
    (url) => expect(() => emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toThrow('http or https URL'),
  )

  test.each([
    'K_SERVICE',
    'K_REVISION',
    'CLOUD_RUN_JOB',
    'CLOUD_RUN_WORKER_POOL',
    'FUNCTION_TARGET',
    'GAE_ENV',
  ])('refuses to run where %s is set', (marker) => {
    const env = { COUNTERSIGN_EMULATOR: 'http://127.0.0.1:8085', [marker]: 'x' }
    expect(() => emulatorUrl(env)).toThrow(TypeError)
    expect(() => emulatorUrl(env)).toThrow(marker)
  })
})
