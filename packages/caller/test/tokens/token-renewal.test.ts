import { describe, expect, test } from 'vitest'
import { createClock, createIdentity } from '../_tokens.ts'
import { aud, cacheFor, createStickyIdentity, failingAfter } from './_token-cache.ts'

describe('renewing a refused token', () => {
  test('mints another one', async () => {
    const identity = createIdentity()
    const cache = cacheFor({ identity, now: Date.now })
    const refused = await cache.get(aud)
    const renewed = await Promise.all([cache.renew(aud, refused), cache.renew(aud, refused)])
    expect(renewed.map(({ value }) => value)).toEqual([identity.minted[1], identity.minted[1]])
    expect(await cache.renew(aud, refused)).toBe(renewed[0])
    expect(identity.minted).toHaveLength(2)
  })

  test('backs off where another one came, too: it may please as little', async () => {
    const now = createClock()
    const identity = createIdentity(now)
    const cache = cacheFor({ identity, now })
    let refused = await cache.get(aud)
    for (let call = 0; call < 100; call++) refused = await cache.renew(aud, refused)
    expect(identity.minted).toHaveLength(2)
    now.forward(30_000)
    await cache.renew(aud, refused)
    expect(identity.minted).toHaveLength(3)
  })

  test('backs off where none is to be had, and keeps the one at hand', async () => {
    const now = createClock()
    const identity = failingAfter(1, now)
    const cache = cacheFor({ identity, now })
    const refused = await cache.get(aud)
    await expect(cache.renew(aud, refused)).rejects.toMatchObject({ code: 'identity_unavailable' })
    for (let call = 0; call < 100; call++) expect(await cache.renew(aud, refused)).toBe(refused)
    expect(identity.asked).toBe(2)
    now.forward(30_000)
    await expect(cache.renew(aud, refused)).rejects.toMatchObject({ code: 'identity_unavailable' })
    expect(identity.asked).toBe(3)
  })

  test('backs off no longer for a clock that was set back', async () => {
    const now = createClock()
    const identity = createIdentity(now)
    const cache = cacheFor({ identity, now })
    const refused = await cache.renew(aud, await cache.get(aud))
    now.forward(-3_600_000)
    expect(await cache.renew(aud, refused)).not.toBe(refused)
    expect(identity.minted).toHaveLength(3)
  })

  test('backs off where the same one comes back', async () => {
    const now = createClock()
    const identity = createStickyIdentity(now)
    const cache = cacheFor({ identity, now })
    const refused = await cache.get(aud)
    for (let call = 0; call < 10; call++) {
      expect((await cache.renew(aud, refused)).value).toBe(refused.value)
    }
    expect(identity.asked).toBe(2)
    now.forward(31_000)
    await cache.renew(aud, refused)
    expect(identity.asked).toBe(3)
  })
})
