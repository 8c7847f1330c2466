import { createServiceFetch } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from '../_environment.ts'
import { createIdentity } from '../_tokens.ts'

const targets = ['https://svc-123.us-central1.run.app']

describe('the options', () => {
  useCleanEnvironment()

  test.each([
    [
      undefined,
      'serviceFetch options must be an object, but is undefined: write { targets: ["https://search-123.us-central1.run.app"] }, or policy.caller("login")',
    ],
    [{}, "write targets: ['https://"],
    [{ targets: [] }, "write targets: ['https://"],
    [{ targets: 'https://svc.example' }, "write targets: ['https://"],
    [{ targets: ['nonsense'] }, 'targets[0].url'],
    [{ targets: [...targets, 'http://svc.example'] }, 'targets[1].url'],
    [{ targets, mode: 'off' }, 'mode must be "enforce" or "report-only", but is "off"'],
    [{ targets, identity: {} }, 'identity must have a method idToken'],
    [{ targets, identity: { idToken: 'x' } }, 'identity must have a method idToken'],
    [
      {
        targets: [
          { url: 'https://a.example', name: 'a' },
          'https://b.example',
          { url: 'https://c.example', name: 'a' },
        ],
      },
      'targets[2].url must be "https://a.example", as in targets[0] with the same name "a", but is "https://c.example": write another name',
    ],
    [{ targets, identity: 'x' }, 'identity must be an object, but is "x": write { … }'],
    [{ targets, fetch: {} }, 'fetch must be a function, but is {}: write one, or leave it out'],
    [{ targets, onCall: 'x' }, 'onCall must be a function, but is "x"'],
    [{ targets, log: true }, 'log must be a function, but is true'],
    [{ targets, now: 7 }, 'now must be a function, but is 7'],
    [
      { targets, target: [] },
      'serviceFetch options has no "target": write one of targets, latest, mode',
    ],
  ])('refuse %o', (options, message) => {
    expect(() => createServiceFetch(options as never)).toThrow(TypeError)
    expect(() => createServiceFetch(options as never)).toThrow(message)
  })

  test('win over the environment', () => {
    vi.stubEnv('COUNTERSIGN_MODE', 'report-only')
    const identity = createIdentity()
    expect(createServiceFetch({ targets, identity }).health().mode).toBe('report-only')
    const serviceFetch = createServiceFetch({ targets, identity, mode: 'enforce' })
    expect(serviceFetch.health().mode).toBe('enforce')
  })

  test('have defaults that make no call', () => {
    expect(createServiceFetch({ targets }).health()).toEqual({
      version: '0.1.0',
      rules: expect.objectContaining({ mode: 'enforce', targetCount: 1 }),
      mode: 'enforce',
      emulator: undefined,
      audiences: [
        {
          audience: targets[0],
          tokenAgeMs: undefined,
          tokenExpiresInMs: undefined,
          refreshing: false,
          lastError: undefined,
        },
      ],
    })
  })

  test.each([
    [{ COUNTERSIGN_MODE: 'off' }, 'COUNTERSIGN_MODE'],
    [{ COUNTERSIGN_EMULATOR: 'http://10.0.0.1' }, 'COUNTERSIGN_EMULATOR'],
    [{ COUNTERSIGN_EMULATOR: 'http://127.0.0.1:1', K_SERVICE: 'x' }, 'K_SERVICE'],
    [{ GCE_METADATA_HOST: 'https://x' }, 'GCE_METADATA_HOST'],
  ])('do not start with %o', (env, message) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    expect(() => createServiceFetch({ targets })).toThrow(TypeError)
    expect(() => createServiceFetch({ targets })).toThrow(message)
  })

  test('know the emulator', () => {
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:8085')
    expect(createServiceFetch({ targets }).health().emulator).toBe('http://127.0.0.1:8085')
  })
})
