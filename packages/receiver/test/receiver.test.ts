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
