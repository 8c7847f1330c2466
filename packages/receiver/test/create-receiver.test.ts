import { afterEach, describe, expect, test, vi } from 'vitest'
import { createReceiver } from '../src/create-receiver.ts'
import type { ReceiverOptions } from '../src/options.ts'
import { cloudScheduler, cloudTasks, eventarc, pubsubPush } from '../src/push-senders.ts'
import { audience, codeOf, fixture, login, stranger } from './_receiver.ts'

const pusher = 'pusher@acme.iam.gserviceaccount.com'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('an option that is wrong stops the start, and says what to write', () => {
  const wrong: [string, Record<string, unknown>, string][] = [
    [
      'nobody may call',
      { allow: [] },
      'allow is empty, so nobody could call: list the service accounts that may',
    ],
    [
      'no list',
      { allow: undefined },
      'allow is undefined: list the service accounts that may call',
    ],
    [
      'a person',
      { allow: ['a@example.com'] },
      'allow[0] is "a@example.com": write a service account\'s email in lower case',
    ],
    ['capitals', { allow: [login, 'Login@acme.iam.gserviceaccount.com'] }, 'allow[1] is "Login@'],
    ['a look-alike domain', { allow: ['a@evilgserviceaccount.com'] }, 'allow[0] is "a@evil'],
    ['two at signs', { allow: ['a@b@acme.iam.gserviceaccount.com'] }, 'allow[0] is'],
    ['no name', { allow: ['@acme.iam.gserviceaccount.com'] }, 'allow[0] is'],
    ['an entry that is null', { allow: [null] }, 'allow[0].email is undefined'],
    [
      'an empty subject',
      { allow: [{ email: login, subject: '' }] },
      'allow[0].subject is "": write the account\'s unique id',
    ],
    [
      'an empty audience of an entry',
      { allow: [{ email: login, audience: [] }] },
      'allow[0].audience is []: write the URL',
    ],
    [
      'no methods',
      { allow: [{ email: login, methods: [] }] },
      'allow[0].methods lists nothing: leave it out to allow any, or write ["GET"]',
    ],
    [
      'a method in lower case',
      { allow: [{ email: login, methods: ['get'] }] },
      'allow[0].methods has "get": write methods in capitals',
    ],
    ['no paths', { allow: [{ email: login, paths: [] }] }, 'allow[0].paths lists nothing'],
    [
      'a path without a slash',
      { allow: [{ email: login, paths: ['x'] }] },
      'allow[0].paths[0] is "x": write a path',
    ],
    [
      'an audience that is partly no text',
      { audience: ['https://a', 7] },
      'audience is ["https://a",7]: write the URL',
    ],
    [
      'a subject that is no text',
      { allow: [{ email: login, subject: 1075 }] },
      'allow[0].subject is 1075',
    ],
    [
      'a method with something before it',
      { allow: [{ email: login, methods: ['!GET'] }] },
      'allow[0].methods has "!GET"',
    ],
    [
      'a method with something after it',
      { allow: [{ email: login, methods: ['GET!'] }] },
      'allow[0].methods has "GET!"',
    ],
    [
      'a method that is no text',
      { allow: [{ email: login, methods: [['GET']] }] },
      'allow[0].methods has ["GET"]',
    ],
    ['an empty audience', { audience: '' }, 'audience is "": write the URL'],
    [
      'a route without a method',
      { unauthenticated: ['/ready'] },
      'unauthenticated[0] is "/ready": write a route such as "GET /ready"',
    ],
    ['a route that is no text', { unauthenticated: [7] }, 'unauthenticated[0] is 7'],
    [
      'a route of three words',
      { unauthenticated: ['GET /a b'] },
      'unauthenticated[0] is "GET /a b"',
    ],
    ['an unknown mode', { mode: 'off' }, 'mode is "off": write "enforce" or "report-only"'],
    [
      'an unknown header',
      { tokenHeader: 'x-token' },
      'tokenHeader is "x-token": write "authorization" or',
    ],
    [
      'an unknown word for missingToken',
      { missingToken: true },
      'missingToken is true: write "refuse" or "pass"',
    ],
    ['an unknown word for otherTokens', { otherTokens: 'allow' }, 'otherTokens is "allow"'],
    [
      'a tolerance over a minute',
      { clockToleranceSeconds: 61 },
      'clockToleranceSeconds is 61: write a number from 0 to 60',
    ],
    ['a negative tolerance', { clockToleranceSeconds: -1 }, 'clockToleranceSeconds is -1'],
    [
      'a cache of nothing',
      { tokenCache: { maxEntries: 0 } },
      'tokenCache.maxEntries is 0: write a whole number from 1 to 100000',
    ],
    [
      'a cache without bound',
      { tokenCache: { maxEntries: Number.POSITIVE_INFINITY } },
      'tokenCache.maxEntries is Infinity',
    ],
  ]

  test.each(wrong)('%s', (_title, options, message) => {
    expect(() => fixture(options as Partial<ReceiverOptions>)).toThrow(TypeError)
    expect(() => fixture(options as Partial<ReceiverOptions>)).toThrow(message)
  })

  test('no audience to be found', () => {
    expect(() => createReceiver({ allow: [login] })).toThrow(
      /^no audience: set audience, or COUNTERSIGN_AUDIENCE, to the URL that callers put in aud/,
    )
  })

  test('a mode in the environment that nobody knows', () => {
    vi.stubEnv('COUNTERSIGN_MODE', 'disabled')
    expect(() => fixture()).toThrow('COUNTERSIGN_MODE is "disabled": set it to "enforce" or')
  })

  test('an emulator on Cloud Run, also where keys are given', () => {
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:8790')
    vi.stubEnv('K_SERVICE', 'user-profiles')
    expect(() => fixture()).toThrow(/COUNTERSIGN_EMULATOR is set beside K_SERVICE/)
  })
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

describe('push senders', () => {
  test.each([
    ['pubsub', pubsubPush, { 'x-goog-pubsub-message-id': '9' }, { id: '9' }],
    [
      'cloud-tasks',
      cloudTasks,
      {
        'x-cloudtasks-queuename': 'q',
        'x-cloudtasks-taskname': 't',
        'x-cloudtasks-taskretrycount': '2',
      },
      { source: 'q', id: 't', retryCount: 2 },
    ],
    [
      'cloud-scheduler',
      cloudScheduler,
      { 'x-cloudscheduler-jobname': 'nightly' },
      { source: 'nightly' },
    ],
    ['eventarc', eventarc, { 'ce-source': 's', 'ce-id': 'i' }, { source: 's', id: 'i' }],
  ] as const)('%s: what the headers say is told', async (kind, sender, headers, told) => {
    const { check } = fixture({ allow: [sender({ serviceAccount: pusher })] })
    const decision = await check({ email: pusher }, { headers })
    expect(decision).toMatchObject({ allowed: true, caller: { push: { kind, ...told } } })
  })

  test('a retry count that is no count is left out', async () => {
    const { check } = fixture({ allow: [cloudTasks({ serviceAccount: pusher })] })
    const headers = { 'x-cloudtasks-taskretrycount': '-1' }
    expect(await check({ email: pusher }, { headers })).toMatchObject({
      caller: { push: { kind: 'cloud-tasks' } },
    })
  })

  test('without an audience each task has its own: this URL, with its query', async () => {
    const { check } = fixture({ allow: [cloudTasks({ serviceAccount: pusher })] })
    const token = { email: pusher, audience: `${audience}/tasks/1?a=1` }
    expect(codeOf(await check(token, { url: '/tasks/1?a=1' }))).toBe('allowed')
    expect(codeOf(await check(token, { url: '/tasks/1?a=2' }))).toBe('audience_mismatch')
    expect(codeOf(await check(token, { url: '/tasks/1' }))).toBe('audience_mismatch')
  })

  test("a push's audience is no audience of other entries", async () => {
    const { check } = fixture({ allow: [login, cloudTasks({ serviceAccount: pusher })] })
    expect(codeOf(await check({ audience: `${audience}/a` }, { url: '/a' }))).toBe(
      'audience_mismatch',
    )
  })

  test('with an audience only that one counts', async () => {
    const entry = pubsubPush({
      serviceAccount: pusher,
      audience: 'push',
      subject: '1',
      paths: ['/p'],
    })
    const { check } = fixture({ allow: [entry] })
    const token = { email: pusher, audience: 'push', subject: '1' }
    expect(codeOf(await check(token, { url: '/p' }))).toBe('allowed')
    expect(codeOf(await check(token, { url: '/q' }))).toBe('operation_not_allowed')
    expect(codeOf(await check({ ...token, audience: `${audience}/p` }, { url: '/p' }))).toBe(
      'audience_mismatch',
    )
  })

  test('an http origin counts too, and a URL in the middle of an audience does not', async () => {
    const own = ['http://orders.internal', 'name:https://other.example']
    const { check } = fixture({
      audience: own,
      allow: [login, cloudTasks({ serviceAccount: pusher })],
    })
    const call = (aud: string) => check({ email: pusher, audience: aud }, { url: '/t' })
    expect(codeOf(await call('http://orders.internal/t'))).toBe('allowed')
    expect(codeOf(await call('https://other.example/t'))).toBe('audience_mismatch')
    expect(codeOf(await call('null/t'))).toBe('audience_mismatch')
  })

  test('an audience that is no URL has no origin', async () => {
    const { check } = fixture({
      audience: 'custom',
      allow: [cloudTasks({ serviceAccount: pusher })],
    })
    expect(codeOf(await check({ email: pusher, audience: 'custom' }))).toBe('allowed')
    expect(codeOf(await check({ email: pusher, audience: 'custom/' }))).toBe('audience_mismatch')
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

describe('the cache of tokens', () => {
  test('remembers tokens of listed callers, and no stranger’s', async () => {
    const { check, receiver } = fixture({ allow: [{ email: login, methods: ['GET'] }] })
    await check({ email: stranger })
    expect(receiver.health().tokenCache.entries).toBe(0)
    await check({}, { method: 'POST' })
    expect(receiver.health().tokenCache.entries).toBe(1)
  })

  test('asks again for each call: path, method, time', async () => {
    const { receiver, issuer, clock, events } = fixture({
      allow: [{ email: login, paths: ['/a'] }],
    })
    const headers = await issuer.headers({ email: login, audience })
    expect(codeOf(await receiver.check({ url: '/a', headers }))).toBe('allowed')
    expect(codeOf(await receiver.check({ url: '/b', headers }))).toBe('operation_not_allowed')
    expect(events.map(({ cached }) => cached)).toEqual([false, true])
    clock.time += 3_600_000 + 31_000
    expect(codeOf(await receiver.check({ url: '/a', headers }))).toBe('token_expired')
    expect(receiver.health().tokenCache.entries).toBe(0)
  })

  test('drops a token whose key was rotated out', async () => {
    const { issuer } = fixture()
    const gone = { isGone: false }
    const keys = {
      ...issuer.keys,
      key: (kid: string) => (gone.isGone ? undefined : issuer.keys.key(kid)),
    }
    const { receiver } = fixture({ keys })
    const headers = await issuer.headers({ email: login, audience })
    expect(codeOf(await receiver.check({ headers }))).toBe('allowed')
    gone.isGone = true
    expect(codeOf(await receiver.check({ headers }))).toBe('key_unknown')
    expect(receiver.health().tokenCache.entries).toBe(0)
  })

  test('is no use while keys can’t be had', async () => {
    const { issuer } = fixture()
    const outage = { isOn: false }
    const keys = {
      ...issuer.keys,
      key: (kid: string) =>
        outage.isOn ? Promise.reject(new Error('down')) : issuer.keys.key(kid),
    }
    const { receiver } = fixture({ keys })
    const headers = await issuer.headers({ email: login, audience })
    expect(codeOf(await receiver.check({ headers }))).toBe('allowed')
    outage.isOn = true
    expect(codeOf(await receiver.check({ headers }))).toBe('keys_unavailable')
  })

  test('is no use while asking for keys throws', async () => {
    const { issuer } = fixture()
    const outage = { isOn: false }
    const key = (kid: string) => {
      if (outage.isOn) throw new Error('down')
      return issuer.keys.key(kid)
    }
    const { receiver } = fixture({ keys: { ...issuer.keys, key } })
    const headers = await issuer.headers({ email: login, audience })
    expect(codeOf(await receiver.check({ headers }))).toBe('allowed')
    outage.isOn = true
    expect(codeOf(await receiver.check({ headers }))).toBe('keys_unavailable')
  })

  test('is bounded', async () => {
    const { check, receiver } = fixture({ tokenCache: { maxEntries: 2 } })
    for (const subject of ['1', '2', '3']) await check({ subject })
    expect(receiver.health().tokenCache.entries).toBe(2)
  })

  test('can be turned off', async () => {
    const { receiver, issuer, events } = fixture({ tokenCache: false })
    const headers = await issuer.headers({ email: login, audience })
    await receiver.check({ headers })
    await receiver.check({ headers })
    expect(events.map(({ cached }) => cached)).toEqual([false, false])
    expect(receiver.health().tokenCache.entries).toBe(0)
  })
})

describe('mixed traffic', () => {
  const passing = { missingToken: 'pass', otherTokens: 'pass' } as const
  const claims = Buffer.from('{"iss":"https://users.example"}').toString('base64url')
  const header = Buffer.from('{"alg":"HS256"}').toString('base64url')

  test.each([
    ['no header', undefined],
    ['another scheme', 'Basic abc'],
    ['an opaque token', 'Bearer session-1'],
    ["a token of the users' own issuer", `Bearer ${header}.${claims}.abc`],
  ])('%s is let pass with no caller set', async (_title, authorization) => {
    const { receiver } = fixture(passing)
    const decision = await receiver.check({ headers: { authorization } })
    expect(decision).toEqual({ allowed: true, caller: undefined })
  })

  test('a bad Google token is never another’s', async () => {
    const { receiver, issuer } = fixture(passing)
    for (const forgery of await issuer.forgeries({ email: login, audience })) {
      const claimsGoogle = forgery.family !== 'http' && !forgery.expected.code.includes('issuer')
      if (
        !claimsGoogle ||
        forgery.name.includes('segments') ||
        forgery.expected.code === 'token_malformed'
      )
        continue
      const decision = await receiver.check({
        headers: forgery.headers,
        rawHeaders: forgery.rawHeaders,
      })
      expect(codeOf(decision), forgery.name).toBe(forgery.expected.code)
    }
  })

  test('a spoilt token of three segments is never another’s', async () => {
    const { receiver, issuer } = fixture(passing)
    const { authorization } = await issuer.headers({ email: login, audience })
    const spoilt = authorization.replace('.', '=.')
    expect(codeOf(await receiver.check({ headers: { authorization: spoilt } }))).toBe(
      'token_malformed',
    )
  })

  test('the token can travel in a header of its own', async () => {
    const { receiver, issuer } = fixture({ tokenHeader: 'x-caller-authorization' })
    const { authorization } = await issuer.headers({ email: login, audience })
    const own = { 'x-caller-authorization': authorization, authorization: 'Bearer user' }
    expect(codeOf(await receiver.check({ headers: own }))).toBe('allowed')
    expect(codeOf(await receiver.check({ headers: { authorization } }))).toBe('token_missing')
  })
})

describe('routes that need no caller', () => {
  test('are let pass with no caller set, and only they', async () => {
    const { receiver, events } = fixture({ unauthenticated: ['GET /ready', 'POST /hooks/:name'] })
    const check = (method: string, url: string) => receiver.check({ method, url, headers: {} })
    expect(await check('GET', '/ready?full=1')).toEqual({ allowed: true, caller: undefined })
    expect(await check('POST', '/hooks/a')).toEqual({ allowed: true, caller: undefined })
    expect(codeOf(await check('POST', '/ready'))).toBe('token_missing')
    expect(codeOf(await check('GET', '/hooks/a'))).toBe('token_missing')
    expect(events[0]).toMatchObject({ outcome: 'allowed', caller: undefined, path: '/ready' })
  })
})

describe('a key source', () => {
  test('may answer later', async () => {
    const { issuer } = fixture()
    const later = async (kid: string) => issuer.keys.key(kid)
    const { check } = fixture({ keys: { ...issuer.keys, key: later } })
    expect(codeOf(await check())).toBe('allowed')
    expect(codeOf(await check({ claims: { email: 'a@example.com' } }))).toBe(
      'not_a_service_account',
    )
  })
})

describe('other servers', () => {
  test('a web Request is a call, with its parsed path', async () => {
    const { receiver, issuer } = fixture({ allow: [{ email: login, paths: ['/profiles/:id'] }] })
    const headers = await issuer.headers({ email: login, audience })
    const call = (path: string) =>
      receiver.check(new Request(`https://any.example${path}`, { headers }))
    expect(codeOf(await call('/profiles/7?a=1'))).toBe('allowed')
    expect(codeOf(await call('/admin'))).toBe('operation_not_allowed')
  })

  test('a web-like call with a relative URL is read as it is', async () => {
    const { receiver, issuer } = fixture({ allow: [{ email: login, paths: ['/a'] }] })
    const headers = new Headers(await issuer.headers({ email: login, audience }))
    expect(codeOf(await receiver.check({ url: '/a', headers }))).toBe('allowed')
    expect(codeOf(await receiver.check({ url: 'https://any.example', headers }))).toBe(
      'operation_not_allowed',
    )
  })

  test("on a socket a proxy's request target matches no rule", async () => {
    const { check } = fixture({ allow: [{ email: login, paths: ['/profiles/:id'] }] })
    expect(codeOf(await check({}, { url: 'http://evil.example/profiles/7' }))).toBe(
      'operation_not_allowed',
    )
  })

  test('a key source that throws at once is our failure too', async () => {
    const { issuer } = fixture()
    const keys = {
      ...issuer.keys,
      key: () => {
        throw new Error('down')
      },
    }
    const { check } = fixture({ keys })
    expect(await check()).toMatchObject({ denial: { status: 503, code: 'keys_unavailable' } })
  })

  test('ready and health speak of keys and audience', async () => {
    const { receiver, issuer } = fixture()
    await expect(receiver.ready()).resolves.toBeUndefined()
    expect(receiver.health()).toEqual({
      audiences: [audience],
      keys: issuer.keys.health(),
      tokenCache: { entries: 0 },
    })
  })
})

describe('report-only', () => {
  test('starts with an empty list and no audience, and denies nobody', async () => {
    const { receiver, issuer, events } = fixture()
    expect(receiver).toBeDefined()
    const discovering = createReceiver({
      allow: [],
      mode: 'report-only',
      keys: issuer.keys,
      log: false,
      onDecision: (event) => events.push(event),
    })
    const headers = await issuer.headers({ email: login, audience })
    expect(await discovering.check({ headers })).toMatchObject({ allowed: false, enforced: false })
    expect(events).toMatchObject([{ outcome: 'reported', code: 'audience_unavailable' }])
    expect(discovering.health().audiences).toBeUndefined()
    await expect(discovering.ready()).rejects.toThrow('no audience')
  })

  test('finds out who calls', async () => {
    const { check, events } = fixture({ allow: [], mode: 'report-only' })
    expect(await check()).toMatchObject({
      allowed: false,
      enforced: false,
      caller: { email: login },
    })
    expect(events).toMatchObject([{ code: 'caller_not_allowed', got: login }])
  })

  test('can be switched by the environment, and an option in code wins', async () => {
    vi.stubEnv('COUNTERSIGN_MODE', 'report-only')
    expect(await fixture().check({ email: stranger })).toMatchObject({ enforced: false })
    expect(await fixture({ mode: 'enforce' }).check({ email: stranger })).toMatchObject({
      enforced: true,
    })
    vi.stubEnv('COUNTERSIGN_MODE', 'enforce')
    expect(await fixture().check({ email: stranger })).toMatchObject({ enforced: true })
  })
})
