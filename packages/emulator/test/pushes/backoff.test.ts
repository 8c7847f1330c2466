import { expect, test } from 'vitest'
import { backoffMs, retryAfterMs } from '../../src/pushes/products.ts'

const seconds = (count: number, backoff: Parameters<typeof backoffMs>[1]) =>
  Array.from({ length: count }, (_, index) => backoffMs(index + 1, backoff) / 1000)

test('doubles, then grows by equal steps, up to the most: the example of Cloud Tasks', () => {
  const backoff = { minMs: 10_000, maxMs: 300_000, maxDoublings: 3 }
  expect(seconds(9, backoff)).toEqual([10, 20, 40, 80, 160, 240, 300, 300, 300])
})

test('grows by equal steps alone where it never doubles', () => {
  expect(seconds(4, { minMs: 5_000, maxMs: 18_000, maxDoublings: 0 })).toEqual([5, 10, 15, 18])
})

const now = Date.parse('2026-01-01T00:00:00Z')

test.for<[string | undefined, number]>([
  [undefined, 0],
  ['0', 0],
  ['7', 7_000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['soon', 0],
  ['-7', 0],
  ['86399', 86_399_000],
  ['999999', 86_400_000],
  ['Fri, 31 Dec 2099 23:59:59 GMT', 86_400_000],
  ['Sat, 13 Sep 275760 00:00:00 GMT', 86_400_000],
  ['7777777', 0],
])('Retry-After: %s asks for %i ms', ([value, ms]) => {
  expect(retryAfterMs(value, now)).toBe(ms)
})
