import { describe, expect, test } from 'vitest'
import type { IdentitySource } from '../../src/index.ts'
import { createTokenCache } from '../../src/tokens/token-cache.ts'
import { createClock, createIdentity } from '../_tokens.ts'
import { aud, cacheFor, failingAfter, minute, read, settle } from './_token-cache.ts'

describe('the token cache', () => {
  test('mints once for all who ask at once, and for all who ask later', async () => {
    const identity = createIdentity()
    const cache = cacheFor({ identity, now: Date.now })
    const tokens = await Promise.all(Array.from({ length: 100 }, () => cache.get(aud)))
    expect(new Set(tokens.map(({ value }) => value)).size).toBe(1)
    expect(cache.get(aud)).not.toBeInstanceOf(Promise)
    expect(identity.minted).toHaveLength(1)
  })

  test('keeps audiences apart', async () => {
    const identity = createIdentity()
    const audiences = ['https://a.example', 'https://b.example']
    const cache = createTokenCache({ identity, now: Date.now, audiences: () => audiences })
    for (const audience of [...audiences, ...audiences]) await cache.get(audience)
    expect(identity.minted).toHaveLength(2)
  })

  test('refreshes in the background, and gives the old token meanwhile', async () => {
    const now = createClock()
    const identity = createIdentity(now)
    const cache = cacheFor({ identity, now })
    const first = await read(cache)
    now.forward(56 * minute)
    expect(await read(cache)).toBe(first)
    expect(identity.minted).toHaveLength(1)
    now.forward(minute)
    expect(cache.get(aud)).toMatchObject({ value: first })
    await settle()
    expect(await read(cache)).toBe(identity.minted[1])
    expect(identity.minted).toHaveLength(2)
  })

  test('waits for a new token in the last moment of the old one, and falls back to it', async () => {
    const now = createClock()
    const identity = createIdentity(now)
    const cache = cacheFor({ identity, now })
    await read(cache)
    now.forward(60 * minute - 10_000)
    expect((await cache.get(aud)).value).toBe(identity.minted[1])

    const broken = cacheFor({ now, identity: failingAfter(1, now) })
    const only = await read(broken)
    now.forward(60 * minute - 10_000)
    expect(await read(broken)).toBe(only)
  })

  test('keeps a valid token through an outage, and asks seldom', async () => {
    const now = createClock()
    const identity = failingAfter(1, now)
    const cache = cacheFor({ identity, now })
    const token = await read(cache)
    now.forward(29 * minute)
    for (let second = 0; second < 30 * 60; second++) {
      now.forward(1000)
      expect((await cache.get(aud)).value).toBe(token)
      await settle()
    }
    expect(identity.asked).toBeLessThanOrEqual(8)
    expect(cache.health(aud)).toMatchObject({
      lastError: { code: 'identity_unavailable', at: expect.any(Date) },
    })
    now.forward(5 * minute)
    await expect(cache.get(aud)).rejects.toMatchObject({ code: 'identity_unavailable' })
  })
})

describe('without a token', () => {
  test('a failure is told again for a second, and then asked about', async () => {
    const now = createClock()
    const identity = failingAfter(0, now)
    const cache = cacheFor({ identity, now })
    const ask = () => Promise.resolve(cache.get(aud)).catch((error: Error) => error)
    const error = await ask()
    for (let call = 0; call < 100; call++) expect(await ask()).toBe(error)
    expect(identity.asked).toBe(1)
    expect(cache.health(aud).lastError).toMatchObject({
      code: 'identity_unavailable',
      at: new Date(now()),
    })
    now.forward(999)
    expect(await ask()).toBe(error)
    now.forward(1)
    expect(await ask()).not.toBe(error)
    expect(identity.asked).toBe(2)
  })

  test('a time-out is told once: the process may have stood still', async () => {
    const now = createClock()
    const working = createIdentity(now)
    let hangs = true
    const idToken = (audience: string): Promise<string> =>
      hangs ? new Promise(() => {}) : working.idToken(audience)
    const cache = cacheFor({ identity: { idToken }, now, timeoutMs: 20 })
    await expect(cache.get(aud)).rejects.toMatchObject({ code: 'identity_timeout' })
    hangs = false
    expect((await cache.get(aud)).value).toBe(working.minted[0])
  })

  test('a failure is told again of no other audience', async () => {
    const now = createClock()
    const identity = failingAfter(0, now)
    const cache = cacheFor({ identity, now })
    for (const audience of [aud, 'https://other.example']) {
      await expect(cache.get(audience)).rejects.toMatchObject({ code: 'identity_unavailable' })
    }
    expect(identity.asked).toBe(2)
  })

  test('a failure counts no longer where the clock was set back', async () => {
    const now = createClock()
    const identity = failingAfter(0, now)
    const cache = cacheFor({ identity, now })
    await expect(cache.get(aud)).rejects.toThrow()
    now.forward(-60 * minute)
    await expect(cache.get(aud)).rejects.toThrow()
    expect(identity.asked).toBe(2)
  })

  test('an attempt under way is waited for, whatever failed before it', async () => {
    const now = createClock()
    const working = createIdentity(now)
    const ends: (() => void)[] = []
    const identity: IdentitySource = {
      idToken: (audience) =>
        new Promise((resolve) => ends.push(() => resolve(working.idToken(audience)))),
    }
    const cache = cacheFor({ identity, now, timeoutMs: 1000 })
    const lost = Promise.resolve(cache.get(aud)).catch(({ code }) => code)
    now.forward(1000)
    const second = cache.get(aud)
    expect(await lost).toBe('identity_timeout')
    await settle()
    const third = cache.get(aud)
    ends[1]?.()
    expect((await third).value).toBe((await second).value)
  })
})
