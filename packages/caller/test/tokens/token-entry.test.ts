import { describe, expect, test } from 'vitest'
import { createClock, createIdentity } from '../_tokens.ts'
import { aud, cacheFor, minute } from './_token-cache.ts'

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
