import {
  type CallerRules,
  createServiceFetch,
  type LogEntry,
  type ServiceFetchOptions,
} from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from '../_environment.ts'
import { createClock, createIdentity } from '../_tokens.ts'

const digest = 'a'.repeat(64)
const profiles = 'https://user-profiles-123.us-central1.run.app'
const search = 'https://search.example/api'

function started(options: Partial<ServiceFetchOptions> = {}) {
  const entries: LogEntry[] = []
  const serviceFetch = createServiceFetch({
    targets: [profiles],
    identity: createIdentity(),
    fetch: async () => new Response(),
    log: (entry) => entries.push(entry),
    ...options,
  })
  return { entries, serviceFetch }
}

describe('the targets in force', () => {
  useCleanEnvironment()

  test.each([
    [{}, {}, 0],
    [{ NODE_ENV: 'production' }, {}, 1],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, {}, 1],
    [{}, { mode: 'report-only' as const }, 1],
    [{ NODE_ENV: 'production' }, { log: false as const }, 0],
  ])('with %j and %j: %i lines, since a script prints its own answer', (env, options, count) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    createServiceFetch({ targets: [profiles], identity: createIdentity(), ...options })
    const lines = write.mock.calls.length
    write.mockRestore()
    expect(lines).toBe(count)
  })

  test('are one line at the start in production, and the same in health', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const lines: string[] = []
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
      lines.push(String(line))
      return true
    })
    const serviceFetch = createServiceFetch({
      targets: [
        { url: profiles, name: 'user-profiles', methods: ['GET'], paths: ['/profiles/:id'] },
        { url: profiles, name: 'user-profiles', methods: ['POST'] },
        { url: search, audience: 'https://search-123.us-central1.run.app' },
      ],
      identity: createIdentity(),
      fetch: async () => new Response(),
      policy: { digest, environment: 'prod' },
    })
    await serviceFetch(`${profiles}/profiles/7`)
    write.mockRestore()
    const rules = {
      digest,
      digestOf: 'policy',
      environment: 'prod',
      mode: 'enforce',
      targets: [
        `${search} (audience https://search-123.us-central1.run.app): any method on any path`,
        `user-profiles at ${profiles}: GET on /profiles/:id; POST on any path`,
      ],
      targetCount: 2,
    }
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        severity: 'NOTICE',
        message: 'countersign caller 0.1.0, enforce: 2 targets, policy aaaaaaaaaaaa (prod)',
        code: 'targets_in_force',
        ...rules,
        version: '0.1.0',
      },
    ])
    expect(serviceFetch.health()).toMatchObject({ version: '0.1.0', rules })
    expect(serviceFetch.health().rules.since).toBeInstanceOf(Date)
  })

  test('have a digest of their own without a policy', () => {
    const digestOf = (targets: ServiceFetchOptions['targets']) => {
      const { rules } = started({ targets }).serviceFetch.health()
      expect(rules.digestOf).toBe('targets')
      expect(rules.digest).toMatch(/^[0-9a-f]{64}$/)
      return rules.digest
    }
    expect(digestOf([profiles, search])).toBe(digestOf([search, profiles]))
    expect(digestOf([profiles])).not.toBe(digestOf([{ url: profiles, methods: ['GET'] }]))
  })

  test('are told again when others count, and not when the same come in a new object', async () => {
    const now = createClock()
    let rules: CallerRules = { targets: [profiles] }
    const latest = () => ({ ...rules })
    const { entries, serviceFetch } = started({ latest, now, identity: createIdentity(now) })
    const before = serviceFetch.health().rules
    now.forward(1000)
    await serviceFetch(profiles)
    await serviceFetch(profiles)
    expect(serviceFetch.health().rules).toEqual(before)
    rules = { targets: [], policy: { digest } }
    await expect(serviceFetch(profiles)).rejects.toThrow()
    expect(entries.filter(({ code }) => code === 'targets_in_force')).toMatchObject([
      { digestOf: 'targets', targetCount: 1 },
      { message: `countersign caller 0.1.0, enforce: 0 targets, policy ${'a'.repeat(12)}`, digest },
    ])
    expect(serviceFetch.health().rules.since).toEqual(new Date(now()))
  })

  test('name the emulator that stands in for Google', () => {
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:8790')
    expect(started().entries).toMatchObject([{ emulator: 'http://127.0.0.1:8790' }])
  })

  test('are not told where something else stops the start, or there are none', () => {
    const entries: LogEntry[] = []
    const log = (entry: LogEntry) => entries.push(entry)
    vi.stubEnv('GCE_METADATA_HOST', 'https://x')
    expect(() => createServiceFetch({ targets: [profiles], log })).toThrow(TypeError)
    expect(() => createServiceFetch({ targets: [], log, identity: createIdentity() })).toThrow()
    expect(entries).toEqual([])
  })

  test('refuse a policy that is wrong, also one of latest', async () => {
    const service = { digest: 'd', service: 7 } as never
    expect(() => started({ policy: service })).toThrow('policy.service must be a string, but is 7')
    const policy = { digest: 7 } as never
    expect(() => started({ policy })).toThrow(
      'policy.digest must be a string, but is 7: write the SHA-256',
    )
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const { entries, serviceFetch } = started({ latest: () => ({ targets: [search], policy }) })
    await serviceFetch(profiles)
    expect(warned).toHaveBeenCalledOnce()
    warned.mockRestore()
    expect(entries).toHaveLength(1)
  })
})

describe('a token that is not renewed', () => {
  useCleanEnvironment()

  /** A caller whose identity source is down whenever `isDown`. */
  function renewing() {
    const now = createClock(Date.parse('2026-11-28T10:00:00Z'))
    const source = createIdentity(now)
    const state = { isDown: false, sleepMs: 0 }
    const identity = {
      async idToken(audience: string) {
        now.forward(state.sleepMs)
        if (state.isDown) throw new Error('the metadata server is down')
        return source.idToken(audience)
      },
    }
    const { entries, serviceFetch } = started({ now, identity })
    async function call(): Promise<void> {
      await serviceFetch(profiles).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const tokenEntries = () => entries.filter(({ code }) => code.startsWith('token_'))
    return { now, state, call, tokenEntries }
  }

  test('is a warning while the old one is sent, once, and a notice when there is a new one', async () => {
    const { now, state, call, tokenEntries } = renewing()
    await call()
    state.isDown = true
    now.forward(57 * 60_000)
    await call()
    now.forward(60_000)
    await call()
    const audience = profiles
    const expiresAt = '2026-11-28T11:00:00.000Z'
    expect(tokenEntries()).toEqual([
      {
        severity: 'WARNING',
        message: expect.stringContaining(
          `for ${profiles}, and calls will fail from ${expiresAt} on`,
        ),
        code: 'token_refresh_failed',
        audience,
        expiresAt,
        reason: 'identity_unavailable',
      },
    ])
    state.isDown = false
    now.forward(60_000)
    await call()
    await call()
    expect(tokenEntries().slice(1)).toEqual([
      {
        severity: 'NOTICE',
        message: `countersign has a new ID token for ${profiles} again`,
        code: 'token_refreshed',
        audience,
        expiresAt: '2026-11-28T11:59:00.000Z',
      },
    ])
  })

  test('is thrown at whoever calls, and not logged, where there is none', async () => {
    const { now, state, call, tokenEntries } = renewing()
    state.isDown = true
    await call()
    state.isDown = false
    now.forward(1000)
    await call()
    state.isDown = true
    now.forward(2 * 3_600_000)
    await call()
    expect(tokenEntries()).toEqual([])
  })

  test('is no trouble where the attempt slept with the CPU', async () => {
    const { now, state, call, tokenEntries } = renewing()
    await call()
    Object.assign(state, { isDown: true, sleepMs: 11_001 })
    now.forward(57 * 60_000)
    await call()
    expect(tokenEntries()).toEqual([])
  })
})
