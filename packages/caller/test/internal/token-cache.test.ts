import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { IdentitySource } from '../../src/index.ts'
import {
  createTokenCache,
  type TokenCache,
  type TokenCacheOptions,
} from '../../src/internal/token-cache.ts'
import { createClock, createIdentity, shapeToken, type TestClock } from '../_tokens.ts'

const aud = 'https://svc.example'
const minute = 60_000

/** A cache for one target. */
function cacheFor(options: Omit<TokenCacheOptions, 'audiences'>): TokenCache {
  return createTokenCache({ audiences: () => [aud], ...options })
}

/** As a metadata server does: the same token until it has a minute left. */
function createStickyIdentity(now: TestClock): IdentitySource & { asked: number } {
  let token = { value: '', expiresAtMs: 0 }
  const identity = {
    asked: 0,
    async idToken(audience: string) {
      identity.asked++
      if (token.expiresAtMs - now() <= minute) {
        const iat = Math.floor(now() / 1000)
        const claims = { aud: audience, iat, exp: iat + 3600 }
        token = { value: shapeToken(claims), expiresAtMs: claims.exp * 1000 }
      }
      return token.value
    },
  }
  return identity
}

/** Lets what runs in the background come to its end. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

async function read(cache: TokenCache): Promise<string> {
  const { value } = await cache.get(aud)
  await settle()
  return value
}

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

describe('health', () => {
  test('says how old the tokens are', async () => {
    const now = createClock()
    const cache = cacheFor({ identity: createIdentity(now), now })
    expect(cache.health(aud)).toEqual({
      audience: aud,
      tokenAgeMs: undefined,
      tokenExpiresInMs: undefined,
      refreshing: false,
      lastError: undefined,
    })
    const token = cache.get(aud)
    expect(cache.health(aud).refreshing).toBe(true)
    await token
    now.forward(minute)
    expect(cache.health(aud)).toMatchObject({ tokenAgeMs: minute, tokenExpiresInMs: 59 * minute })
  })
})

function failingAfter(mints: number, now: () => number): IdentitySource & { asked: number } {
  const working = createIdentity(now)
  const identity = {
    asked: 0,
    async idToken(audience: string) {
      if (++identity.asked > mints) throw new Error('metadata server is down')
      return working.idToken(audience)
    },
  }
  return identity
}
