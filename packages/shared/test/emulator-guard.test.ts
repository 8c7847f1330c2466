import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { emulatorUrl, silenceEmulatorWarning } from '../src/emulator-guard.ts'
import { readEnvironment } from '../src/environment.ts'

const local = 'http://127.0.0.1:8790'

interface GuardCase {
  env: Record<string, string>
  why: string
  emulator?: string | null
  refused?: string
}

/** The recipes for other languages are held to the same ones: test/interop. */
const cases: GuardCase[] = JSON.parse(
  readFileSync(new URL('../../../test/vectors/emulator-guard.json', import.meta.url), 'utf8'),
)

function attempt(env: Record<string, string>): () => unknown {
  return () => emulatorUrl({ COUNTERSIGN_EMULATOR: local, ...env })
}

describe('the guard', () => {
  test('has cases', () => {
    expect(cases.length).toBeGreaterThan(70)
  })

  test.each(cases.filter(({ refused }) => refused === undefined))(
    'lets $env count: $why',
    ({ env, emulator }) => {
      expect(emulatorUrl(readEnvironment(env))?.origin ?? null).toBe(emulator)
    },
  )

  test.each(cases.filter(({ refused }) => refused !== undefined))(
    'refuses $env: $why',
    ({ env, refused }) => {
      const attempted = () => emulatorUrl(readEnvironment(env))
      expect(attempted).toThrow(TypeError)
      expect(attempted).toThrow(refused)
      expect(attempted).not.toThrow(/secret/)
    },
  )
})

test.each([['http://0x7f.1'], ['http://127.1:80']])('%s is this machine', (url) => {
  expect(emulatorUrl({ COUNTERSIGN_EMULATOR: url })).toEqual(new URL(url))
})

test.each(['fd00::5', '[fd00::5]', 'other, FD00::5'])(
  'an IPv6 address is allowed as it is written: %s',
  (COUNTERSIGN_EMULATOR_ALLOW_HOST) => {
    const COUNTERSIGN_EMULATOR = 'http://[fd00::5]:8790'
    expect(emulatorUrl({ COUNTERSIGN_EMULATOR, COUNTERSIGN_EMULATOR_ALLOW_HOST })).toEqual(
      new URL(COUNTERSIGN_EMULATOR),
    )
  },
)

test('an IPv4 address as one of IPv6 is not this machine', () => {
  expect(attempt({ COUNTERSIGN_EMULATOR: 'http://[::ffff:127.0.0.1]:8790' })).toThrow(
    'set COUNTERSIGN_EMULATOR_ALLOW_HOST=[::ffff:7f00:1]',
  )
})

test.each([['file:///etc/passwd'], ['http://'], ['javascript:alert(1)']])(
  '%s is not the URL of an emulator',
  (url) => {
    expect(attempt({ COUNTERSIGN_EMULATOR: url })).toThrow(/is not an http or https URL/)
  },
)

describe('the error says what to do', () => {
  test.each([
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
    [{ NODE_ENV: 'production' }],
    [{ GAE_ENV: 'standard' }],
    [{ K_SERVICE: 'login', K_REVISION: '1', KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
  ])('beside %j', (env) => {
    expect(attempt(env)).toThrow(`set COUNTERSIGN_EMULATOR_CONFIRM=${local}`)
  })

  test('in Kubernetes it names the usual innocent', () => {
    expect(attempt({ KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toThrow(
      'If this is CI or a development machine (a CI runner in Kubernetes, for example), set',
    )
    expect(attempt({ NODE_ENV: 'production' })).toThrow('a development machine, set')
  })

  test('on Cloud Run it offers no confirmation', () => {
    expect(attempt({ K_SERVICE: 'login' })).toThrow(
      new TypeError(
        'COUNTERSIGN_EMULATOR is set beside K_SERVICE: in production remove COUNTERSIGN_EMULATOR.',
      ),
    )
    expect(attempt({ K_SERVICE: 'login', COUNTERSIGN_EMULATOR_CONFIRM: local })).toThrow(
      'so this is Cloud Run, where the emulator never counts',
    )
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

test('a process that is meant for the emulator warns of nothing', () => {
  const warned = Symbol.for('@countersign/emulator-warning')
  delete (process as { [warned]?: true })[warned]
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined)
  silenceEmulatorWarning()
  emulatorUrl({ COUNTERSIGN_EMULATOR: local })
  expect(warn).not.toHaveBeenCalled()
  warn.mockRestore()
})
