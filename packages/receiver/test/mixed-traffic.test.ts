import { afterEach, describe, expect, test, vi } from 'vitest'
import type { KeySource } from '../src/key-source.ts'
import { audience, codeOf, fixture, login } from './_receiver.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

function brokenKeys(): KeySource {
  const down = () => Promise.reject(new Error('down'))
  return { key: down, ready: down, health: () => ({ kids: [] }) }
}

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

  test('a bad Google token is never another’s: all forgeries are refused but those listed', async () => {
    const { receiver, issuer } = fixture(passing)
    const passed: string[] = []
    for (const forgery of await issuer.forgeries({ email: login, audience })) {
      const { headers, rawHeaders, expected, name } = forgery
      const decision = await receiver.check({ headers, rawHeaders })
      if (decision.allowed) {
        expect(decision.caller, name).toBeUndefined()
        passed.push(name)
      } else {
        expect(codeOf(decision), name).toBe(expected.code)
      }
    }
    expect(passed).toMatchInlineSnapshot(`
      [
        "no token, another header",
        "the header, empty",
        "Bearer and nothing after it",
        "a token without its scheme",
        "the scheme Basic",
        "the scheme Basic with a token",
        "the scheme JWT",
        "the scheme DPoP",
        "a colon after the scheme",
        "no space after the scheme",
        "a tab after the scheme",
        "another scheme in front",
        "x-caller-authorization instead of authorization",
        "x-serverless-authorization instead of authorization",
        "x-forwarded-authorization instead of authorization",
        "x-original-authorization instead of authorization",
        "x-goog-iap-jwt-assertion instead of authorization",
        "x-goog-authenticated-user-email instead of authorization",
        "x-apigateway-api-userinfo instead of authorization",
        "x-cloudtasks-queuename instead of authorization",
        "x-cloudscheduler instead of authorization",
        "cookie instead of authorization",
        "no dots",
        "two segments",
        "four segments",
        "a dot at the end",
        "a dot in front",
        "an opaque access token",
        "five segments, as an encrypted token has",
        "objects in objects in objects",
        "iss missing",
        "iss empty",
        "iss null",
        "iss over http",
        "iss with a slash",
        "iss in upper case",
        "iss with a space",
        "iss with a suffix",
        "iss with Google as the user",
        "iss a list",
        "iss the service account's own, self-signed",
        "iss Firebase's",
        "iss Identity-Aware Proxy's",
      ]
    `)
  })

  test.each([
    ['no audience is known', { audience: undefined }],
    ['no keys can be had', { keys: brokenKeys() }],
  ])('an end user’s token passes where %s: it needs neither', async (_title, options) => {
    vi.stubEnv('K_SERVICE', 'user-profiles')
    vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:9')
    const { receiver, issuer } = fixture({ ...passing, ...options } as never)
    const passes = async (authorization: string) =>
      (await receiver.check({ headers: { authorization } })).allowed
    expect(await passes('Bearer session-1')).toBe(true)
    expect(await passes(`Bearer ${header}.${claims}.abc`)).toBe(true)
    const { authorization } = await issuer.headers({ email: login, audience })
    expect(await passes(authorization)).toBe(false)
    expect(await passes('Bearer a.b.c')).toBe(false)
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
