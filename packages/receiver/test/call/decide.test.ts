import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { audience, codeOf, fixture, login, stranger } from '../_receiver.ts'

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

describe('a key source', () => {
  test('may answer with a promise of another realm or library', async () => {
    const { issuer } = fixture()
    const key = (kid: string) =>
      runInNewContext('Promise.resolve(key)', { key: issuer.keys.key(kid) })
    const { check, receiver } = fixture({ keys: { ...issuer.keys, key } })
    expect(codeOf(await check())).toBe('allowed')
    expect(codeOf(await check())).toBe('allowed')
    expect(receiver.health().tokenCache.entries).toBeGreaterThan(0)
  })

  test.each([
    ['at once', () => 7 as never],
    ['later', async () => 7 as never],
  ])('that gives what is no key %s refuses nobody: that is our own fault', async (_when, key) => {
    const { issuer } = fixture()
    const { check, events } = fixture({ keys: { ...issuer.keys, key } })
    expect(codeOf(await check())).toBe('keys_unavailable')
    expect(events[0]?.got).toContain('argument')
  })

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
