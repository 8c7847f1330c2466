import { afterEach, describe, expect, test, vi } from 'vitest'
import { createReceiver } from '../src/create-receiver.ts'
import { audience, codeOf, fixture, login } from './_receiver.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('the audience', () => {
  test('is taken from the environment, where commas separate several', async () => {
    vi.stubEnv('COUNTERSIGN_AUDIENCE', `https://custom.example, ${audience},`)
    const { receiver, issuer } = fixture()
    const own = createReceiver({ allow: [login], keys: issuer.keys, log: false })
    expect(own.health().audiences).toEqual(['https://custom.example', audience])
    expect(receiver.health().audiences).toEqual([audience])
    const headers = await issuer.headers({ email: login, audience: 'https://custom.example' })
    expect(codeOf(await own.check({ headers }))).toBe('allowed')
  })

  test('is never taken from a header', async () => {
    const { check } = fixture()
    const headers = { host: 'other.example', 'x-forwarded-host': 'other.example' }
    expect(codeOf(await check({ audience: 'https://other.example' }, { headers }))).toBe(
      'audience_mismatch',
    )
  })

  test('of an entry counts for that entry alone', async () => {
    const batch = 'batch@acme.iam.gserviceaccount.com'
    const { check } = fixture({
      allow: [login, { email: batch, audience: 'https://batch.example' }],
    })
    expect(codeOf(await check({ email: batch, audience: 'https://batch.example' }))).toBe('allowed')
    expect(codeOf(await check({ email: batch }))).toBe('audience_mismatch')
    expect(codeOf(await check({ audience: 'https://batch.example' }))).toBe('audience_mismatch')
  })

  test('need not be set where every entry has its own', async () => {
    const { issuer } = fixture()
    const receiver = createReceiver({
      allow: [{ email: login, audience: 'https://batch.example' }],
      keys: issuer.keys,
      log: false,
    })
    await receiver.ready()
    const headers = await issuer.headers({ email: login, audience: 'https://batch.example' })
    expect(codeOf(await receiver.check({ headers }))).toBe('allowed')
    expect(receiver.health().audiences).toEqual([])
  })
})

describe('who called', () => {
  test('is told in full', async () => {
    const { check, clock } = fixture()
    const issuedAt = new Date(Math.floor(clock.time / 1000) * 1000)
    expect(await check({ subject: '1075', issuedAt })).toEqual({
      allowed: true,
      caller: {
        email: login,
        subject: '1075',
        audience,
        issuedAt,
        expiresAt: new Date(issuedAt.getTime() + 3_600_000),
        claims: expect.objectContaining({ azp: '1075', email_verified: true }),
      },
    })
  })

  test('is made anew for each decision, over frozen claims', async () => {
    const { receiver, issuer } = fixture()
    const headers = await issuer.headers({ email: login, audience, claims: { google: { a: [1] } } })
    const [one, two] = [await receiver.check({ headers }), await receiver.check({ headers })]
    if (!one.allowed || !two.allowed || !one.caller || !two.caller) throw new Error('denied')
    one.caller.email = 'changed'
    expect(two.caller.email).toBe(login)
    expect(Object.isFrozen((one.caller.claims.google as { a: unknown }).a)).toBe(true)
  })

  test('of entries with one email either may let it in', async () => {
    const { check } = fixture({
      allow: [
        { email: login, methods: ['GET'] },
        { email: login, paths: ['/jobs/:name'] },
      ],
    })
    expect(codeOf(await check({}, { method: 'GET', url: '/x' }))).toBe('allowed')
    expect(codeOf(await check({}, { method: 'POST', url: '/jobs/a' }))).toBe('allowed')
    expect(codeOf(await check({}, { method: 'POST', url: '/x' }))).toBe('operation_not_allowed')
  })

  test('a pinned subject is held, and a caller of that email told apart', async () => {
    const { check, events } = fixture({ allow: [{ email: login, subject: '1' }] })
    expect(codeOf(await check({ subject: '1' }))).toBe('allowed')
    const decision = await check({ subject: '2' })
    expect(decision).toMatchObject({ denial: { status: 403, code: 'subject_mismatch' } })
    expect(events.at(-1)).toMatchObject({ got: '2', expected: '1', caller: { subject: '2' } })
  })

  test('an entry covers each of its methods and paths, and each of its audiences', async () => {
    const entry = {
      email: login,
      methods: ['GET', 'PUT'],
      paths: ['/a', '/b'],
      audience: ['x', 'y'],
    }
    const { check } = fixture({ allow: [entry] })
    for (const [method, url, aud] of [
      ['GET', '/a', 'x'],
      ['PUT', '/b', 'y'],
      ['HEAD', '/b', 'x'],
    ] as const) {
      expect(codeOf(await check({ audience: aud }, { method, url }))).toBe('allowed')
    }
    expect(codeOf(await check({ audience: 'x' }, { method: 'POST', url: '/a' }))).toBe(
      'operation_not_allowed',
    )
  })

  test('an entry for GET covers HEAD, and no call without a method', async () => {
    const { check, receiver, issuer } = fixture({ allow: [{ email: login, methods: ['GET'] }] })
    expect(codeOf(await check({}, { method: 'HEAD' }))).toBe('allowed')
    const headers = await issuer.headers({ email: login, audience })
    expect(codeOf(await receiver.check({ headers }))).toBe('operation_not_allowed')
  })
})

describe('times', () => {
  test('are held by whole seconds, to the second', async () => {
    const { check, clock } = fixture({ clockToleranceSeconds: 30 })
    const second = Math.floor(clock.time / 1000)
    clock.time = second * 1000 + 500
    expect(codeOf(await check({ claims: { nbf: second + 30 } }))).toBe('allowed')
    expect(codeOf(await check({ claims: { nbf: second + 30.4 } }))).toBe('token_not_yet_valid')
    expect(codeOf(await check({ claims: { exp: second - 29 } }))).toBe('allowed')
    expect(codeOf(await check({ claims: { exp: second - 30 } }))).toBe('token_expired')
    clock.time = second * 1000
    expect(codeOf(await check({ claims: { exp: second - 29 } }))).toBe('allowed')
    expect(codeOf(await check({ claims: { exp: second - 30 } }))).toBe('token_expired')
    expect(codeOf(await check({ claims: { iat: second - 30, exp: second + 3600 } }))).toBe(
      'allowed',
    )
    expect(codeOf(await check({ claims: { iat: second - 31, exp: second + 3600 } }))).toBe(
      'lifetime_too_long',
    )
  })
})

describe('forged calls', () => {
  test.each([[{}], [{ tokenCache: false } as const]])(
    'with %j each is refused with its own code',
    async (options) => {
      const { receiver, issuer } = fixture(options)
      const codes: [string, string][] = []
      for (const { name, headers, rawHeaders, expected } of await issuer.forgeries({
        email: login,
        audience,
      })) {
        const code = codeOf(await receiver.check({ headers, rawHeaders }))
        if (code !== expected.code) codes.push([name, code])
      }
      expect(codes).toEqual([])
    },
  )
})
