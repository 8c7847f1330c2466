import { afterEach, describe, expect, test, vi } from 'vitest'
import type { KeySource } from '../src/keys/key-source.ts'
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

  describe('what claims Google in any form is verified or refused', async () => {
    const b64 = (text: string) => Buffer.from(text).toString('base64url')
    const token = await fixture().issuer.idToken({ email: login, audience })
    const [head = '', body = '', signature = ''] = token.split('.')
    const text = Buffer.from(body, 'base64url').toString()
    const google = b64('{"iss":"https://accounts.google.com"}')
    const others = b64('{"iss":"https://users.example"}')
    const issuedBy = (iss: string) => `${head}.${b64(JSON.stringify({ iss }))}.abc`
    const every = (count: number, letter: string, segment: string) =>
      segment.replace(new RegExp(`.{${count}}`, 'g'), `$&${letter}`)
    const json = JSON.stringify({ payload: body, signatures: [{ protected: head, signature }] })

    test.each([
      ['two segments', `${head}.${body}`],
      ['the claims alone', body],
      ['a dot at the end', `${token}.`],
      ['dots at both ends', `...${token}...`],
      ['five segments', `${head}.${body}.${signature}.${signature}.${signature}`],
      ['an encrypted token that names its issuer', `${google}.abc.abc.abc.abc`],
      ['five segments in another order', `a.b.${signature}.${body}.${head}`],
      ['a hundred segments', `${'a.'.repeat(99)}${body}`],
      ['no claims (detached)', `${head}..${signature}`],
      ['padding', `${head}.${Buffer.from(text).toString('base64')}=`],
      ['padding in three segments', `${head}=.${body}==.${signature}`],
      ["base64's own letters", `${Buffer.from(`~~~???${text}`).toString('base64')}.a`],
      ['spaces in it', `${head}. ${body.slice(0, 9)} ${body.slice(9)}`],
      ['JSON serialization', json],
      [
        'flattened JSON serialization',
        JSON.stringify({ payload: body, protected: head, signature }),
      ],
      ['JSON serialization in base64', b64(json)],
      ['a token as the claims', `${head}.${b64(token)}.${signature}`],
      ['a token in a token in one segment', b64(b64(token))],
      ['a token in the claims of nobody', `${head}.${b64(JSON.stringify({ token }))}.abc`],
      ['the claims as they are', text],
      ['letters as numbers', b64('{"iss":"\\u0061ccounts.goo\\u0067le.com"}')],
      [
        'letters as numbers, in three segments',
        `${head}.${b64('{"iss":"\\u0061ccounts.google.com"}')}.abc`,
      ],
      [
        'another letter as a number, in three segments',
        `${head}.${b64('{"iss":"https://users.example","x":"\\u0061"}')}.abc`,
      ],
      ['claims cut short', `${b64(text.slice(0, -5))}.abc`],
      ['capitals', `${head}.${b64('{"iss":"HTTPS://Accounts.Google.Com"}')}.abc`],
      ['a slash at the end', `${head}.${b64('{"iss":"https://accounts.google.com/"}')}.abc`],
      ['no TLS', `${head}.${b64('{"iss":"http://accounts.google.com"}')}.abc`],
      ['spaces around it', `${head}.${b64('{"iss" : " accounts.google.com "}')}.abc`],
      [
        'a list of issuers',
        `${head}.${b64('{"iss":["https://users.example","accounts.google.com"]}')}.abc`,
      ],
      [
        'two issuers',
        `${head}.${b64('{"iss":"accounts.google.com","iss":"https://users.example"}')}.abc`,
      ],
      ['an issuer in the header', `${google}.${others}.abc`],
      [
        'a list of issuers in the header',
        `${b64('{"iss":["x",{"toString":1},"accounts.google.com"]}')}.${others}.abc`,
      ],
      ['more than 8 KB', `${'a'.repeat(8192)}.${body}`],
      ['in words that are too short for a token', `${'short-word~'.repeat(100)}${body}`],
      ['in seven layers', Array.from({ length: 6 }).reduce<string>((inner) => b64(inner), body)],
      ['seven layers of anything', Array.from({ length: 6 }).reduce<string>((x) => b64(x), text)],
      [
        'more objects than any user’s token has',
        `${head}.${b64(`{"iss":"https://users.example","a":[${'{},'.repeat(300)}{}]}`)}.abc`,
      ],
      [
        'letters that are not base64, in two segments',
        `${every(20, '!', head)}.${every(20, '*', body)}`,
      ],
      [
        'letters that are not base64, in five',
        `a.${every(20, '~', head)}.${every(20, '"', body)}.b.c`,
      ],
      ['encoded dots', `${head}%2E${body}%2E${signature}`],
      [
        'bytes that are not UTF-8 before it',
        `a.${Buffer.from(`\xff\xfe${text}`, 'latin1').toString('base64url')}`,
      ],
      [
        'two issuers, of which the first is a list',
        `${head}.${b64('{"iss":["a","https://accounts.google.com"],"iss":"https://users.example"}')}.abc`,
      ],
      [
        'two issuers, of which the first is an object',
        `${head}.${b64('{"iss":{"a":1,"b":"accounts.google.com"},"iss":"https://users.example"}')}.abc`,
      ],
      ['a soft hyphen in it', issuedBy('https://accounts\u00ad.google.com')],
      ['a joiner of no width in it', issuedBy('https://accounts\u200b.google.com')],
      ['a tab in it', issuedBy('https://accounts\t.google.com')],
      ['an ideographic full stop', issuedBy('https://accounts\u3002google.com')],
      ['a letter of full width', issuedBy('https://\uff41ccounts.google.com')],
      ['an encoded dot in the issuer', issuedBy('https://accounts%2egoogle.com')],
      ['a port', issuedBy('https://accounts.google.com:443')],
      ['a dot at the end of the host', issuedBy('https://accounts.google.com.')],
      ['a long issuer', issuedBy(`https://accounts.google.com/${'a'.repeat(300)}`)],
    ])('%s', async (_title, given) => {
      const { receiver } = fixture(passing)
      const decision = await receiver.check({ headers: { authorization: `Bearer ${given}` } })
      expect(decision).toMatchObject({ allowed: false, enforced: true })
    })

    test.each([
      ['an encrypted token', `${head}.${b64('secret')}.abc.abc.abc`],
      ['an encrypted token that names its issuer', `${others}.abc.abc.abc.abc`],
      ['an opaque token with dots', 'v2.local.abc'.replace('abc', 'a.b')],
      ['an opaque token in base64', b64(b64('{"session":"of somebody"}'))],
      ['many short words', 'short-word~'.repeat(100)],
      [
        'one with the roles of many clients',
        `${head}.${b64(`{"iss":"https://users.example","a":[${'{"r":["x"]},'.repeat(200)}{}]}`)}.abc`,
      ],
      [
        'a token that holds one of Google',
        `${head}.${b64(JSON.stringify({ iss: 'https://users.example', token }))}.abc`,
      ],
      [
        'one who was signed in by Google',
        `${head}.${b64('{"iss":"https://users.example","idp":"accounts.google.com"}')}.abc`,
      ],
      ['a longer issuer', issuedBy(`https://users.example/${'%2e'.repeat(101)}`)],
      [
        'two issuers, neither of them Google',
        `${head}.${b64('{"iss":["a","b"],"iss":"https://users.example"}')}.abc`,
      ],
      ['an opaque token with a long run', `a!${'b'.repeat(40)}`],
      [
        'a token of Firebase',
        `${head}.${b64('{"iss":"https://securetoken.google.com/acme"}')}.abc`,
      ],
    ])('an end user’s is let pass: %s', async (_title, given) => {
      const { receiver } = fixture(passing)
      const decision = await receiver.check({ headers: { authorization: `Bearer ${given}` } })
      expect(decision).toEqual({ allowed: true, caller: undefined })
    })
  })

  describe('a Google token that is not a bearer token is not missing', async () => {
    const { authorization } = await fixture().issuer.headers({ email: login, audience })
    const token = authorization.slice(7)
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

    test.each([
      ['without its scheme', token],
      ['behind a tab', `Bearer\t${token}`],
      ['behind a no-break space', `Bearer\u00a0${token}`],
      ['behind a colon', `Bearer: ${token}`],
      ['behind nothing', `Bearer${token}`],
      ['with another scheme', `JWT ${token}`],
      ['as a password', basic(`token:${token}`)],
      ['behind another scheme', `${basic('a:b')} Bearer ${token}`],
      ['in quotation marks', `"Bearer ${token}"`],
    ])('%s', async (_title, given) => {
      const { receiver } = fixture(passing)
      const decision = await receiver.check({ headers: { authorization: given } })
      expect(codeOf(decision)).toBe('token_missing')
      const own = fixture({ missingToken: 'pass', tokenHeader: 'x-caller-authorization' }).receiver
      const headers = { 'x-caller-authorization': given, authorization: 'Bearer session-1' }
      expect(codeOf(await own.check({ headers }))).toBe('token_missing')
    })

    test.each([
      ['a password', basic('ada:secret')],
      ['a ticket', `Negotiate ${Buffer.alloc(12_000, 'ticket').toString('base64')}`],
      [
        'a digest',
        'Digest username="ada", realm="b", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", qop=auth',
      ],
    ])('%s of a user is let pass', async (_title, given) => {
      const { receiver } = fixture(passing)
      const decision = await receiver.check({ headers: { authorization: given } })
      expect(decision).toEqual({ allowed: true, caller: undefined })
    })

    test('in a header that is not read it is nobody’s', async () => {
      const { receiver } = fixture({ ...passing, tokenHeader: 'x-caller-authorization' })
      const decision = await receiver.check({ headers: { authorization } })
      expect(decision).toEqual({ allowed: true, caller: undefined })
    })
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
        "the scheme Basic",
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
        "an opaque access token",
        "five segments, as an encrypted token has",
        "iss missing",
        "iss empty",
        "iss null",
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
