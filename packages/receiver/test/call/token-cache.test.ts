import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createTokenCache, type VerifiedToken } from '../../src/call/token-cache.ts'

const { publicKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })

function verified(sub: string): VerifiedToken {
  const claims = { sub, email: 'a@b.iam.gserviceaccount.com', aud: 'a', iat: 0, exp: 1 }
  return { kid: '1', key, claims }
}

describe('tokens that share an end', () => {
  const end = 'x'.repeat(24)

  test('never share an entry: the later one takes the place', () => {
    const cache = createTokenCache(10)
    cache.offer(`one.${end}`, verified('1'))
    expect(cache.get(`two.${end}`)).toBeUndefined()
    cache.offer(`two.${end}`, verified('2'))
    expect(cache.get(`one.${end}`)).toBeUndefined()
    expect(cache.get(`two.${end}`)?.claims.sub).toBe('2')
    expect(cache.size).toBe(1)
  })
})

test('tokens that share a beginning are told apart', () => {
  const cache = createTokenCache(10)
  cache.offer(`${'x'.repeat(500)}1`, verified('1'))
  cache.offer(`${'x'.repeat(500)}2`, verified('2'))
  expect(cache.get(`${'x'.repeat(500)}1`)?.claims.sub).toBe('1')
})

test('a token shorter than its key is found whole', () => {
  const cache = createTokenCache(10)
  cache.offer('abc', verified('1'))
  expect(cache.get('abc')?.claims.sub).toBe('1')
  cache.delete('abc')
  expect(cache.get('abc')).toBeUndefined()
})

test('without entries it remembers nothing', () => {
  const cache = createTokenCache(0)
  cache.offer('abc', verified('1'))
  cache.delete('abc')
  expect(cache.get('abc')).toBeUndefined()
  expect(cache.size).toBe(0)
})

describe('a full cache', () => {
  const tokenOf = (name: string) => `${'x'.repeat(40)}${name.padStart(24, 'y')}`

  function fullCache() {
    const cache = createTokenCache(2)
    for (const name of ['1', '2']) cache.offer(tokenOf(name), verified(name))
    return cache
  }

  test('keeps what it has from tokens that are sent only once', () => {
    const cache = fullCache()
    for (let index = 100; index < 200; index += 1) {
      cache.offer(tokenOf(String(index)), verified('stranger'))
    }
    expect(cache.get(tokenOf('1'))?.claims.sub).toBe('1')
    expect(cache.get(tokenOf('2'))?.claims.sub).toBe('2')
  })

  test('takes a token that is sent again, in place of the one not used for longest', () => {
    const cache = fullCache()
    cache.get(tokenOf('1'))
    cache.offer(tokenOf('3'), verified('3'))
    expect(cache.get(tokenOf('3'))).toBeUndefined()
    cache.offer(tokenOf('3'), verified('3'))
    expect(cache.get(tokenOf('3'))?.claims.sub).toBe('3')
    expect(cache.get(tokenOf('1'))?.claims.sub).toBe('1')
    expect(cache.get(tokenOf('2'))).toBeUndefined()
    expect(cache.size).toBe(2)
  })

  test('looks for room among a few only, however many are in use', () => {
    const cache = createTokenCache(100)
    const names = Array.from({ length: 100 }, (_, index) => `token-${index}`)
    for (const name of names) cache.offer(tokenOf(name), verified(name))
    for (const name of names) cache.get(tokenOf(name))
    for (const _time of ['first', 'second']) cache.offer(tokenOf('new'), verified('new'))
    const kept = names.filter((name) => cache.get(tokenOf(name)) !== undefined)
    expect(cache.get(tokenOf('new'))?.claims.sub).toBe('new')
    expect(names.filter((name) => !kept.includes(name))).toEqual(['token-16'])
    expect(cache.size).toBe(100)
  })

  test('forgets that a token was used once it was passed over', () => {
    const cache = fullCache()
    cache.get(tokenOf('1'))
    for (const name of ['3', '3', '4', '4']) cache.offer(tokenOf(name), verified(name))
    expect(cache.get(tokenOf('1'))).toBeUndefined()
    expect(cache.get(tokenOf('4'))?.claims.sub).toBe('4')
    expect(cache.size).toBe(2)
  })

  test('takes a remembered token again without making room for it', () => {
    const cache = fullCache()
    for (const _time of ['first', 'second']) cache.offer(tokenOf('1'), verified('newer'))
    expect(cache.get(tokenOf('1'))?.claims.sub).toBe('newer')
    expect(cache.get(tokenOf('2'))?.claims.sub).toBe('2')
  })

  test('holds as many as it may through thousands that come and go', () => {
    const cache = createTokenCache(50)
    const twice = (name: string) => {
      for (const _time of ['first', 'second']) cache.offer(tokenOf(name), verified(name))
    }
    for (let index = 0; index < 5000; index += 1) {
      twice(`token-${index}`)
      cache.get(tokenOf('token-0'))
      if (index % 7 === 0) cache.delete(tokenOf(`token-${index - 3}`))
    }
    expect(cache.size).toBe(50)
    expect(cache.get(tokenOf('token-0'))?.claims.sub).toBe('token-0')
    expect(cache.get(tokenOf('token-4999'))?.claims.sub).toBe('token-4999')
    expect(cache.get(tokenOf('token-4000'))).toBeUndefined()
  })
})
