import { expect, test } from 'vitest'
import { createTokenCache } from '../../src/google/token-cache.ts'

test('a name keeps its token; the oldest of more than 1,000 goes', async () => {
  const cache = createTokenCache(() => 0)
  let made = 0
  const make = async () => String(made++)
  for (let index = 0; index < 1_001; index++) cache.get(`audience ${index}`, make)
  expect(await cache.get('audience 1000', make).token).toBe('1000')
  expect(await cache.get('audience 1', make).token).toBe('1')
  expect(await cache.get('audience 0', make).token).toBe('1001')
})
