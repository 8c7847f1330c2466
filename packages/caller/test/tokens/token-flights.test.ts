import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { IdentitySource } from '../../src/index.ts'
import { createClock, createIdentity } from '../_tokens.ts'
import { aud, cacheFor, createStickyIdentity, minute, read, settle } from './_token-cache.ts'

describe('the token cache', () => {
  test.each([
    ['soonest', 0, 0],
    ['latest', 1, 15_000],
  ])(
    'refreshes 3m45s before the end at the %s, so that a fleet is spread',
    async (_when, random, laterMs) => {
      vi.spyOn(Math, 'random').mockReturnValue(random)
      onTestFinished(() => void vi.restoreAllMocks())
      const now = createClock()
      const identity = createIdentity(now)
      const cache = cacheFor({ identity, now })
      await read(cache)
      now.forward(60 * minute - 225_000 + laterMs - 1)
      await read(cache)
      expect(identity.minted).toHaveLength(1)
      now.forward(1)
      await read(cache)
      expect(identity.minted).toHaveLength(2)
    },
  )

  test('ends an attempt that takes too long', async () => {
    let told: AbortSignal | undefined
    const identity: IdentitySource = {
      idToken(_audience, { signal } = {}) {
        told = signal
        return new Promise(() => {})
      },
    }
    const cache = cacheFor({ identity, now: Date.now, timeoutMs: 20 })
    await expect(cache.get(aud)).rejects.toMatchObject({
      code: 'identity_timeout',
      message: 'No ID token came within 20 ms',
      hint: expect.stringContaining('can be reached'),
    })
    expect(told?.aborted).toBe(true)
  })

  test('does not hammer a server that hands out the same token', async () => {
    const now = createClock()
    const identity = createStickyIdentity(now)
    const cache = cacheFor({ identity, now })
    await read(cache)
    for (let second = 0; second < 3600; second++) {
      now.forward(1000)
      await cache.get(aud)
      if (second > 3300) await settle()
    }
    // From 3m45s on: at most one question every 30 s until the last minute, then the new token's.
    expect(identity.asked).toBeGreaterThan(2)
    expect(identity.asked).toBeLessThanOrEqual(9)
  })

  test('starts anew where an attempt outlived its deadline on a frozen CPU', async () => {
    const now = createClock()
    const identity = createIdentity(now)
    let hangs = true
    const cache = cacheFor({
      now,
      identity: {
        idToken: (audience) => (hangs ? new Promise(() => {}) : identity.idToken(audience)),
      },
    })
    const lost = cache.get(aud)
    const joined = cache.get(aud)
    expect(joined).toBe(lost)
    hangs = false
    now.forward(10_001)
    expect((await cache.get(aud)).value).toBe(identity.minted[0])
    await expect(lost).rejects.toMatchObject({ code: 'identity_timeout' })
    expect(cache.health(aud)).toMatchObject({ refreshing: false, lastError: undefined })
  })

  test('an attempt that ends late does not end the one after it', async () => {
    const now = createClock()
    const ends: (() => void)[] = []
    let asked = 0
    const identity = {
      idToken: (_audience: string, { signal }: { signal: AbortSignal }) => {
        asked++
        return new Promise<string>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
          ends.push(() => reject(new Error('late')))
        })
      },
    }
    const cache = cacheFor({ identity, now, timeoutMs: 1_000 })
    const first = Promise.resolve(cache.get(aud)).catch(({ code }) => code)
    now.forward(1_000)
    const second = Promise.resolve(cache.get(aud)).catch(({ code }) => code)
    expect(await first).toBe('identity_timeout')
    await settle()
    const third = Promise.resolve(cache.get(aud)).catch(({ code }) => code)
    expect(asked).toBe(2)
    ends[1]?.()
    expect(await Promise.all([second, third])).toEqual([
      'identity_unavailable',
      'identity_unavailable',
    ])
  })

  test('gives up an attempt by its own time-out', async () => {
    const identity: IdentitySource = { idToken: () => new Promise(() => {}) }
    const cache = cacheFor({ identity, now: Date.now, timeoutMs: 20 })
    await expect(cache.get(aud)).rejects.toMatchObject({ code: 'identity_timeout' })
  })

  test('rejects what is no token for the audience, and keeps the one it has', async () => {
    const now = createClock()
    const identity = createIdentity(now)
    let html = false
    const cache = cacheFor({
      now,
      identity: { idToken: async (a) => (html ? '<html></html>' : identity.idToken(a)) },
    })
    const token = await read(cache)
    html = true
    now.forward(57 * minute)
    expect(await read(cache)).toBe(token)
    expect(cache.health(aud).lastError).toMatchObject({ code: 'token_rejected' })
    await expect(cache.get('https://other.example')).rejects.toMatchObject({
      code: 'token_rejected',
    })
  })

  test('wraps what an identity source throws of its own, without what may be secret', async () => {
    const identity: IdentitySource = {
      async idToken() {
        throw Object.assign(new Error('sent eyJhbGciOiJSUzI1NiJ9.e30.c2ln'), { config: 'secret' })
      },
    }
    const cache = cacheFor({ identity, now: Date.now })
    await expect(cache.get(aud)).rejects.toMatchObject({
      code: 'identity_unavailable',
      cause: expect.objectContaining({ message: 'sent [redacted]' }),
    })
  })
})
