import { createTestIssuer } from '@countersign/testing'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createReceiver } from '../src/create-receiver.ts'
import { cloudTasks } from '../src/push-senders.ts'
import { audience, fixture, login, stranger } from './_receiver.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('onDecision', () => {
  test('is told of an allowed call', async () => {
    const { check, events } = fixture()
    await check({}, { method: 'GET', url: '/profiles/7?secret=1' })
    expect(events).toEqual([
      {
        outcome: 'allowed',
        code: undefined,
        caller: expect.objectContaining({ email: login }),
        method: 'GET',
        path: '/profiles/7',
        got: undefined,
        expected: undefined,
        cached: false,
        durationMs: expect.any(Number),
      },
    ])
  })

  test('is told what was got and what was expected', async () => {
    const { check, events } = fixture()
    await check({ audience: `${audience}/` })
    expect(events).toMatchObject([
      { outcome: 'denied', code: 'audience_mismatch', got: `${audience}/`, expected: audience },
    ])
  })

  test('hears no claim whose signature does not hold', async () => {
    const { receiver, issuer, events } = fixture()
    const { authorization } = await issuer.headers({ email: login, audience: 'https://forged' })
    const forged = { authorization: `${authorization.slice(0, -6)}AAAAAA` }
    await receiver.check({ headers: forged })
    expect(events).toMatchObject([
      { code: 'audience_mismatch', got: undefined, expected: audience },
    ])
  })

  test('past the rate limit hears what costs no RSA check, and long lists cut', async () => {
    const allow = Array.from({ length: 30 }, (_, index) => `s${index}@acme.iam.gserviceaccount.com`)
    const { check, events } = fixture({ allow })
    for (let call = 0; call < 12; call += 1) await check({ audience: 'https://other.example' })
    expect(events[9]).toMatchObject({ got: 'https://other.example' })
    expect(events[11]).toMatchObject({ got: undefined, expected: audience })
    for (let call = 0; call < 12; call += 1) await check({ email: stranger })
    expect(events[23]).toMatchObject({ got: stranger, expected: expect.stringMatching(/^s0@/) })
    expect(events[23]?.expected).toHaveLength(257)
  })

  test('keys that fail while a denial is reported fail nothing else', async () => {
    const { issuer } = fixture()
    const failing = [
      () => Promise.reject(new Error('down')),
      () => {
        throw new Error('down')
      },
    ]
    for (const key of failing) {
      const { check, events } = fixture({ keys: { ...issuer.keys, key } })
      const decision = await check({ audience: 'https://other.example' })
      expect(decision).toMatchObject({ denial: { code: 'audience_mismatch' } })
      expect(events[0]?.got).toBeUndefined()
    }
  })

  test('hears no claim where a key source fails to say which keys it has', async () => {
    const { issuer } = fixture()
    const health = () => {
      throw new Error('no health')
    }
    const { check, events } = fixture({ keys: { ...issuer.keys, health } })
    const decision = await check({ audience: 'https://other.example' })
    expect(decision).toMatchObject({ denial: { code: 'audience_mismatch' } })
    expect(events[0]?.got).toBeUndefined()
  })

  test("hears no claim of another issuer's token", async () => {
    const { receiver, events } = fixture()
    const other = await createTestIssuer()
    await receiver.check({ headers: await other.headers({ email: login, audience: 'https://b' }) })
    expect(events).toMatchObject([{ code: 'audience_mismatch', got: undefined }])
  })

  test('hears no claim of a token that names no key at hand', async () => {
    const { receiver, issuer, events } = fixture()
    const forgeries = await issuer.forgeries({ email: login, audience })
    for (const { headers, rawHeaders } of forgeries) await receiver.check({ headers, rawHeaders })
    const unsigned = events.filter(
      ({ code }) => code === 'key_unknown' || code === 'algorithm_not_allowed',
    )
    expect(unsigned.length).toBeGreaterThan(20)
    expect(unsigned.filter(({ got }) => got !== undefined)).toEqual([])
  })

  const hour = 3600
  const at = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

  test.each([
    ['issuer_mismatch', { iss: 'https://a' }, 'https://accounts.google.com or accounts.google.com'],
    ['claim_invalid', { exp: 'soon' }, 'finite numbers in exp, iat and, if it is there, nbf'],
    ['token_expired', { iat: at(-2 * hour), exp: at(-hour) }, /^exp after \d{10}$/],
    ['token_not_yet_valid', { nbf: at(hour) }, /^iat and nbf up to \d{10}$/],
    ['lifetime_too_long', { iat: at(0), exp: at(2 * hour) }, '3600 seconds'],
    ['claim_invalid', { sub: '' }, 'a text in sub'],
    ['email_missing', { email: undefined }, 'an email claim'],
    ['claim_invalid', { email: [login] }, 'a text in email'],
    ['email_unverified', { email_verified: false }, 'email_verified true'],
    ['not_a_service_account', { email: 'a@example.com' }, 'an email of a service account'],
  ] as const)('says what was expected: %s, case %#', async (code, claims, expected) => {
    const { check, events } = fixture()
    await check({ claims })
    const pattern = typeof expected === 'string' ? expected : expect.stringMatching(expected)
    expect(events).toMatchObject([{ code, expected: pattern }])
  })

  test('says how long a lifetime was', async () => {
    const { check, events } = fixture()
    await check({ lifetimeSeconds: 7200 })
    expect(events[0]?.got).toBe('7200')
  })

  test('names the operation, and those that are allowed', async () => {
    const allow = [
      { email: login, methods: ['GET', 'PUT'], paths: ['/a', '/b'] },
      { email: login, paths: ['/c'] },
    ]
    const { check, events } = fixture({ allow })
    await check({}, { method: 'POST', url: '/x?y=1' })
    await check({}, { method: 'POST', url: '/x/../a' })
    const expected = 'GET, PUT on /a, /b or any on /c'
    expect(events).toMatchObject([
      { got: 'POST /x', expected },
      { got: 'POST a path that no rule speaks of', expected },
    ])
  })

  test("names the audiences, and a push's own URL", async () => {
    const pusher = 'pusher@acme.iam.gserviceaccount.com'
    const { check, events } = fixture({ allow: [login, cloudTasks({ serviceAccount: pusher })] })
    await check({ audience: 'https://other' })
    expect(events[0]?.expected).toBe(`${audience} or the request's own URL`)
  })

  test('names the audiences of the entries that the caller has, and of no other', async () => {
    const web = 'web@acme.iam.gserviceaccount.com'
    const { check, events } = fixture({
      allow: [
        { email: login, audience: ['https://a', 'https://b'] },
        { email: login, audience: 'https://c' },
        { email: web, audience: 'https://d' },
      ],
    })
    await check({ audience: 'https://d' })
    expect(events).toMatchObject([
      {
        code: 'audience_mismatch',
        got: 'https://d',
        expected: 'https://a or https://b or https://c',
      },
    ])
  })

  test("names a push's own URL among the audiences of its entry", async () => {
    const pusher = 'pusher@acme.iam.gserviceaccount.com'
    const web = { email: 'web@acme.iam.gserviceaccount.com', audience: 'https://d' }
    const { check, events } = fixture({ allow: [web, cloudTasks({ serviceAccount: pusher })] })
    await check({ email: pusher, audience: 'https://d' })
    expect(events[0]?.expected).toBe(`${audience} or the request's own URL`)
  })

  test('in discovery names the audiences that the service has, though nobody is listed', async () => {
    const { check, events } = fixture({ allow: [], mode: 'report-only' })
    await check({ audience: 'https://the.other.default.url' })
    expect(events).toMatchObject([{ code: 'audience_mismatch', expected: audience }])
  })

  test('names all that are listed, and all that are pinned', async () => {
    const { check, events } = fixture({
      allow: [
        { email: login, subject: '1' },
        { email: login, subject: '2' },
        'web@acme.iam.gserviceaccount.com',
      ],
    })
    await check({ subject: '3' })
    await check({ email: stranger })
    expect(events.map(({ expected }) => expected)).toEqual([
      '1, 2',
      `${login}, web@acme.iam.gserviceaccount.com`,
    ])
  })

  test('gets long values cut', async () => {
    const { check, events } = fixture()
    await check({ audience: 'x'.repeat(1000) })
    expect(events[0]?.got).toHaveLength(257)
  })

  test('gets long paths and methods cut', async () => {
    const { receiver, events } = fixture()
    await receiver.check({ method: 'M'.repeat(300), url: `/${'x'.repeat(15_000)}`, headers: {} })
    expect(events[0]?.path).toHaveLength(257)
    expect(events[0]?.method).toHaveLength(257)
  })

  test('gets values that are no texts as JSON', async () => {
    const { check, events } = fixture()
    await check({ claims: { aud: [audience] } })
    expect(events[0]?.got).toBe(JSON.stringify([audience]))
  })

  test('what it throws changes no decision', async () => {
    const { check } = fixture({
      onDecision: () => {
        throw new Error('a listener')
      },
    })
    expect(await check()).toMatchObject({ allowed: true })
    expect(await check({ email: stranger })).toMatchObject({ allowed: false })
  })
})

test('with nobody to tell, decisions are the same', async () => {
  const { issuer } = fixture()
  const receiver = createReceiver({
    allow: [login],
    audience,
    keys: issuer.keys,
    unauthenticated: ['GET /ready'],
    log: false,
  })
  const headers = await issuer.headers({ email: login, audience })
  expect(await receiver.check({ headers })).toMatchObject({ allowed: true })
  expect(await receiver.check({ headers: {} })).toMatchObject({ allowed: false })
  expect(await receiver.check({ method: 'GET', url: '/ready', headers: {} })).toMatchObject({
    allowed: true,
  })
})

describe('the denial log', () => {
  test('says nothing of an allowed call', async () => {
    const { check, entries } = fixture({ onDecision: undefined as never })
    expect(await check()).toMatchObject({ allowed: true })
    expect(entries).toEqual([])
  })

  test('is a line of JSON on stdout, as Cloud Logging reads it', async () => {
    vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'acme')
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const { check } = fixture({ log: undefined as never })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await check(
      { email: stranger },
      { method: 'POST', url: '/orders?x=1', headers: { traceparent } },
    )
    expect(JSON.parse(`${write.mock.calls[0]?.[0]}`)).toEqual({
      severity: 'WARNING',
      message: expect.stringMatching(
        /^countersign denied a call: caller_not_allowed\. The caller is genuine/,
      ),
      code: 'caller_not_allowed',
      enforced: true,
      caller: stranger,
      method: 'POST',
      path: '/orders',
      got: stranger,
      expected: login,
      'logging.googleapis.com/trace': 'projects/acme/traces/0af7651916cd43dd8448eb211c80319c',
    })
  })

  test("has the trace of Google's own header, without a project where none is known", async () => {
    const { check, entries } = fixture()
    const trace = '0af7651916cd43dd8448eb211c80319c'
    await check({ email: stranger }, { headers: { 'x-cloud-trace-context': `${trace}/1;o=1` } })
    await check({ email: stranger }, { headers: { traceparent: 'junk' } })
    expect(entries.map((entry) => entry['logging.googleapis.com/trace'])).toEqual([
      trace,
      undefined,
    ])
  })

  test('our own failures are errors', async () => {
    const { issuer } = fixture()
    const keys = { ...issuer.keys, key: () => Promise.reject(new Error('down')) }
    const { check, entries } = fixture({ keys })
    await check()
    expect(entries).toMatchObject([{ severity: 'ERROR', code: 'keys_unavailable', got: 'down' }])
  })

  test('writes ten a second, and counts the rest', async () => {
    const { receiver, entries, clock } = fixture()
    for (let call = 0; call < 25; call += 1) await receiver.check({ headers: {} })
    expect(entries).toHaveLength(10)
    clock.time += 1000
    await receiver.check({ headers: {} })
    expect(entries[10]?.suppressed).toBe(15)
    await receiver.check({ headers: {} })
    expect(entries[11]?.suppressed).toBeUndefined()
  })

  test('tells of a burst that nothing follows', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { receiver, entries } = fixture()
    for (let call = 0; call < 25; call += 1) await receiver.check({ headers: {} })
    vi.advanceTimersByTime(1000)
    expect(entries).toHaveLength(11)
    expect(entries[10]).toEqual({
      severity: 'WARNING',
      message: 'countersign denied 15 more calls: token_missing',
      code: 'token_missing',
      enforced: true,
      suppressed: 15,
    })
    vi.advanceTimersByTime(10_000)
    expect(entries).toHaveLength(11)
  })

  test('counts what was left out once: in the next entry, or in one of its own', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { receiver, entries, clock } = fixture()
    for (let call = 0; call < 25; call += 1) await receiver.check({ headers: {} })
    clock.time += 1000
    await receiver.check({ headers: {} })
    vi.advanceTimersByTime(1000)
    expect(entries.flatMap(({ suppressed = 0 }) => suppressed || [])).toEqual([15])
  })

  test('a flood of junk hides no other denial', async () => {
    const { receiver, check, entries } = fixture()
    for (let call = 0; call < 25; call += 1) await receiver.check({ headers: {} })
    await check({ email: stranger })
    expect(entries.at(-1)).toMatchObject({ code: 'caller_not_allowed', caller: stranger })
  })

  test('can be turned off, and onDecision goes on', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const { check, events } = fixture({ log: false })
    await check({ email: stranger })
    expect(write).not.toHaveBeenCalled()
    expect(events).toHaveLength(1)
  })

  test('no token is in any event or entry', async () => {
    const { receiver, issuer, events, entries, clock } = fixture()
    for (const forgery of await issuer.forgeries({ email: login, audience })) {
      clock.time += 1000
      await receiver.check({ headers: forgery.headers, rawHeaders: forgery.rawHeaders })
    }
    expect(entries.length).toBeGreaterThan(100)
    const said = JSON.stringify([events, entries])
    expect(said).not.toMatch(/eyJ[\w-]{10}/)
  })
})
