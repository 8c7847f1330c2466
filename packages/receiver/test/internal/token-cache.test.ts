import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createTokenCache, type VerifiedToken } from '../../src/internal/token-cache.ts'

const { publicKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })

function verified(sub: string): VerifiedToken {
  const claims = { sub, email: 'a@b.iam.gserviceaccount.com', aud: 'a', iat: 0, exp: 1 }
  return { kid: '1', key, claims }
}

describe('tokens that share an end', () => {
  const end = 'x'.repeat(24)

  test('never share an entry: the later one takes the place', () => {
    const cache = createTokenCache(10)
    cache.set(`one.${end}`, verified('1'))
    expect(cache.get(`two.${end}`)).toBeUndefined()
    cache.set(`two.${end}`, verified('2'))
    expect(cache.get(`one.${end}`)).toBeUndefined()
    expect(cache.get(`two.${end}`)?.claims.sub).toBe('2')
    expect(cache.size).toBe(1)
  })
})

test('tokens that share a beginning are told apart', () => {
  const cache = createTokenCache(10)
  cache.set(`${'x'.repeat(500)}1`, verified('1'))
  cache.set(`${'x'.repeat(500)}2`, verified('2'))
  expect(cache.get(`${'x'.repeat(500)}1`)?.claims.sub).toBe('1')
})

test('a token shorter than its key is found whole', () => {
  const cache = createTokenCache(10)
  cache.set('abc', verified('1'))
  expect(cache.get('abc')?.claims.sub).toBe('1')
  cache.delete('abc')
  expect(cache.get('abc')).toBeUndefined()
})

test('without entries it remembers nothing', () => {
  const cache = createTokenCache(0)
  cache.set('abc', verified('1'))
  cache.delete('abc')
  expect(cache.get('abc')).toBeUndefined()
  expect(cache.size).toBe(0)
})
