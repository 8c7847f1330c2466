import { describe, expect, test } from 'vitest'
import { audience, codeOf, fixture, login } from './_receiver.ts'

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
    const { receiver, issuer } = fixture({ allow: [{ email: login, paths: ['/a', '/a/:b'] }] })
    const headers = new Headers(await issuer.headers({ email: login, audience }))
    expect(codeOf(await receiver.check({ url: '/a', headers }))).toBe('allowed')
    expect(codeOf(await receiver.check({ url: '/a/b', headers }))).toBe('allowed')
    expect(codeOf(await receiver.check({ url: '/x/a', headers }))).toBe('operation_not_allowed')
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

  test.each([
    ['/ready', true],
    ['https://any.example/ready', true],
    ['http://any.example:8080/ready?a=b', true],
    ['/admin', false],
    ['ready', false],
    ['admin/ready', false],
    ['//any.example/ready', false],
    ['https://any.example?next=/ready', false],
    ['https://any.example#/ready', false],
    ['https://any.example', false],
    ['https:/admin/ready', false],
    ['https:admin/ready', false],
    ['https:///admin/ready', false],
    ['https://any.example\\admin/ready', false],
    ['https://any.example/admin/../ready', false],
    ['https://any.example:443/ready', false],
    ['HTTPS://any.example/ready', false],
    [' https://any.example/ready', false],
    ['x:/ready', false],
    ['ftp://any.example/ready', false],
    [`https://any.example/${'a'.repeat(4000)}`, false],
    ['file:///ready', false],
    ['', false],
  ])(
    'beside web Headers only a normalised URL or a path may match a rule: %j',
    async (url, passes) => {
      const { receiver } = fixture({ unauthenticated: ['GET /ready'] })
      const decision = await receiver.check({ method: 'GET', url, headers: new Headers() })
      expect(codeOf(decision)).toBe(passes ? 'allowed' : 'token_missing')
    },
  )

  test.each([
    { originalUrl: '/api/ready', url: '/api/ready', baseUrl: '', passes: true },
    { originalUrl: '/api/ready', url: '/ready', baseUrl: '/api', passes: true },
    { originalUrl: '/api/ready?a', url: '/ready', baseUrl: '/api', passes: true },
    { originalUrl: '/api', url: '/', baseUrl: '/api', passes: true },
    { originalUrl: '/api?a=/b', url: '/?a=/b', baseUrl: '/api', passes: true },
    { originalUrl: '/api/', url: '/', baseUrl: '/api', passes: false },
    { originalUrl: '/api/ready', url: '/ready', baseUrl: '', passes: false },
    { originalUrl: '/api/ready', url: '/admin', baseUrl: '/api', passes: false },
    { originalUrl: '/api/ready', url: '/', baseUrl: '/api', passes: false },
    { originalUrl: '/api', url: '/', baseUrl: '', passes: false },
    { originalUrl: '/api/ready', url: '/Ready', baseUrl: '/api', passes: false },
    { originalUrl: '/api/ready', url: '/admin?x=/api/ready', baseUrl: '', passes: false },
    // Without a baseUrl nobody says where the router is mounted.
    { originalUrl: '/api/ready', url: '/ready', passes: true },
    { originalUrl: '/api', url: '/', passes: true },
    { originalUrl: '/api/ready', passes: true },
    { originalUrl: '/api/ready', url: '/admin', passes: false },
  ])('mount point and url have to make up the original one: %j', async ({ passes, ...urls }) => {
    const { receiver } = fixture({ unauthenticated: ['GET /api/ready', 'GET /api'] })
    const decision = await receiver.check({ method: 'GET', ...urls, headers: {} })
    expect(codeOf(decision)).toBe(passes ? 'allowed' : 'token_missing')
  })

  test('what was rewritten or overridden is in the event', async () => {
    const allow = [{ email: login, methods: ['POST'], paths: ['/a'] }]
    const { check, events } = fixture({ allow })
    await check({}, { method: 'POST', originalUrl: '/a', url: '/b', baseUrl: '' })
    const headers = { 'x-http-method-override': 'DELETE' }
    await check({}, { method: 'POST', url: '/a', headers })
    await check({}, { method: 'POST', url: '/a', headers: { 'x-method-override': 'POST' } })
    expect(events).toMatchObject([
      { path: '/a', got: 'POST a path that was rewritten before the check' },
      { path: '/a', got: 'POST with a method override /a' },
      { outcome: 'allowed' },
    ])
  })

  test('in a mounted router the event says that paths count from the root', async () => {
    const { check, events } = fixture({ allow: [{ email: login, paths: ['/items'] }] })
    const [url, originalUrl, baseUrl] = ['/items', '/api/items', '/api']
    await check({}, { url, originalUrl, baseUrl })
    await check({}, { url: '/other', originalUrl: '/other', baseUrl: '' })
    expect(events).toMatchObject([
      {
        got: 'GET /api/items',
        expected:
          'any method on /items; paths count from the root of the application, also in a mounted router',
      },
      { got: 'GET /other', expected: 'any method on /items' },
    ])
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
      version: '0.1.0',
      rules: expect.objectContaining({ mode: 'enforce', callerCount: 1 }),
      audiences: [audience],
      keys: issuer.keys.health(),
      tokenCache: { entries: 0 },
    })
  })
})
