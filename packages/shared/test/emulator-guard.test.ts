import { describe, expect, test, vi } from 'vitest'
import { emulatorUrl } from '../src/emulator-guard.ts'

const local = 'http://127.0.0.1:8790'

const signs = [
  'K_SERVICE',
  'K_REVISION',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'GAE_ENV',
  'GAE_INSTANCE',
  'KUBERNETES_SERVICE_HOST',
]

function attempt(env: Record<string, string>): () => unknown {
  return () => emulatorUrl({ COUNTERSIGN_EMULATOR: local, ...env })
}

function confirmed(env: Record<string, string>): () => unknown {
  return attempt({ COUNTERSIGN_EMULATOR_CONFIRM: local, ...env })
}

describe('the URL', () => {
  test.each([
    [{}],
    [{ COUNTERSIGN_EMULATOR: '' }],
    [{ COUNTERSIGN_EMULATOR: '', K_SERVICE: 'login' }],
    [{ COUNTERSIGN_EMULATOR_CONFIRM: local }],
  ])('%j: no emulator', (env) => {
    expect(emulatorUrl(env)).toBeUndefined()
  })

  test.each([
    ['http://127.0.0.1:8790'],
    ['http://127.1.2.3:8790'],
    ['http://[::1]:8790'],
    ['https://127.0.0.1:8790'],
    ['http://0x7f.1'],
    ['http://127.1:80'],
  ])('%s is this machine', (url) => {
    expect(emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toEqual(new URL(url))
  })

  test.each([
    ['http://localhost:8790'],
    ['http://emulator:8790'],
    ['http://10.0.0.1:8790'],
    ['http://127.0.0.1.evil.example:8790'],
    ['http://127.evil.example:8790'],
    ['http://[::ffff:127.0.0.1]:8790'],
    ['http://[::2]:8790'],
    ['http://0.0.0.0:8790'],
  ])('%s is not, and the error says what to write', (url) => {
    expect(attempt({ COUNTERSIGN_EMULATOR: url })).toThrow(TypeError)
    expect(attempt({ COUNTERSIGN_EMULATOR: url })).toThrow(
      `set COUNTERSIGN_EMULATOR_ALLOW_HOST=${new URL(url).hostname}`,
    )
  })

  test('a host that is named is taken, in any case, and no other', () => {
    const env = { COUNTERSIGN_EMULATOR_ALLOW_HOST: 'other, Emulator' }
    expect(emulatorUrl({ ...env, COUNTERSIGN_EMULATOR: 'http://emulator:8790' })?.port).toBe('8790')
    expect(emulatorUrl({ ...env, COUNTERSIGN_EMULATOR: 'http://EMULATOR:8790' })?.port).toBe('8790')
    expect(attempt({ ...env, COUNTERSIGN_EMULATOR: 'http://emulator2:8790' })).toThrow(TypeError)
  })

  test.each([
    ['yes'],
    ['127.0.0.1:8790'],
    ['ftp://127.0.0.1'],
    ['file:///etc/passwd'],
    ['http://user@127.0.0.1:8790'],
    ['http://a:secret@127.0.0.1:8790'],
    [':'],
  ])('%s is not the URL of an emulator, and is not repeated', (url) => {
    expect(attempt({ COUNTERSIGN_EMULATOR: url })).toThrow(/is not an http or https URL/)
    expect(attempt({ COUNTERSIGN_EMULATOR: url })).not.toThrow(/secret/)
  })
})

describe('production', () => {
  test.each(signs)('beside %s it stops the start, empty or not', (name) => {
    for (const value of ['x', '']) {
      expect(attempt({ [name]: value })).toThrow(TypeError)
      expect(attempt({ [name]: value })).toThrow(name)
    }
  })

  test('beside NODE_ENV=production it stops the start, and beside no other NODE_ENV', () => {
    expect(attempt({ NODE_ENV: 'production' })).toThrow('NODE_ENV=production')
    for (const NODE_ENV of ['', 'test', 'development', 'staging']) {
      expect(attempt({ NODE_ENV })()).toEqual(new URL(local))
    }
  })

  test('FUNCTION_TARGET proves nothing: the Functions Framework sets it on laptops', () => {
    expect(attempt({ FUNCTION_TARGET: 'stockroom' })()).toEqual(new URL(local))
  })

  const firebase = { FUNCTIONS_EMULATOR: 'true' }

  test("Firebase's emulator sets K_SERVICE and K_REVISION on laptops", () => {
    const env = { ...firebase, K_SERVICE: 'stockroom', K_REVISION: '1', FUNCTION_TARGET: 'x' }
    expect(attempt(env)()).toEqual(new URL(local))
    expect(confirmed(env)()).toEqual(new URL(local))
  })

  test.each(signs.slice(2))('but says nothing about %s', (name) => {
    expect(attempt({ ...firebase, K_SERVICE: 'x', [name]: 'x' })).toThrow(name)
  })

  test.each([['1'], ['TRUE'], ['']])('FUNCTIONS_EMULATOR=%s is not Firebase', (value) => {
    expect(attempt({ FUNCTIONS_EMULATOR: value, K_SERVICE: 'x' })).toThrow('K_SERVICE')
  })
})

describe('the confirmation', () => {
  test.each([
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
    [{ NODE_ENV: 'production' }],
    [{ GAE_ENV: 'standard' }],
    [{ K_SERVICE: 'login', K_REVISION: '1', KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
  ])('lets it count beside %j', (env) => {
    expect(attempt(env)).toThrow(`set COUNTERSIGN_EMULATOR_CONFIRM=${local}`)
    expect(confirmed(env)()).toEqual(new URL(local))
  })

  test.each([
    [{ K_SERVICE: 'login' }],
    [{ CLOUD_RUN_JOB: 'nightly' }],
    [{ CLOUD_RUN_WORKER_POOL: 'workers' }],
    [{ CLOUD_RUN_TIMEOUT_SECONDS: '300' }],
    [{ FUNCTIONS_EMULATOR: 'true', CLOUD_RUN_EXECUTION: 'x' }],
  ])('is itself refused beside %j', (env) => {
    expect(confirmed(env)).toThrow('so this is Cloud Run, where the emulator never counts')
  })

  test.each([['yes'], ['http://127.0.0.1:8790/'], ['http://127.0.0.1:8791'], ['']])(
    'must be the very same URL: %s is not',
    (value) => {
      const env = { NODE_ENV: 'production', COUNTERSIGN_EMULATOR_CONFIRM: value }
      expect(attempt(env)).toThrow('NODE_ENV=production')
    },
  )

  test('the error names the usual innocent', () => {
    expect(attempt({ KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toThrow('CI runner')
  })

  test('on Cloud Run the error offers no confirmation', () => {
    expect(attempt({ K_SERVICE: 'login' })).not.toThrow('CONFIRM')
  })
})

test('where it counts the process warns, once for all copies of this module', async () => {
  vi.resetModules()
  const warned = Symbol.for('@countersign/emulator-warning')
  delete (process as { [warned]?: true })[warned]
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined)
  const again = await import('../src/emulator-guard.ts')
  emulatorUrl({ COUNTERSIGN_EMULATOR: local })
  again.emulatorUrl({ COUNTERSIGN_EMULATOR: local })
  expect(warn).toHaveBeenCalledTimes(1)
  expect(warn).toHaveBeenCalledWith(
    expect.stringContaining(`the emulator at ${local} stands in for Google`),
    { type: 'CountersignWarning', code: 'COUNTERSIGN_EMULATOR' },
  )
  warn.mockRestore()
})
