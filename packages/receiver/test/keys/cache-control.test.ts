import { expect, test } from 'vitest'
import { freshForMs } from '../../src/keys/fetch-keys.ts'

const minute = 60_000
const hour = 60 * minute

test.each([
  ['max-age counts', { 'cache-control': 'public, max-age=21600' }, 6 * hour],
  ['Age is taken off', { 'cache-control': 'max-age=21600', age: '3600' }, 5 * hour],
  ['a quoted max-age counts', { 'cache-control': 'max-age="7200"' }, 2 * hour],
  ['the floor is five minutes', { 'cache-control': 'max-age=0' }, 5 * minute],
  [
    'an answer older than its max-age gets the floor',
    { 'cache-control': 'max-age=600', age: '900' },
    5 * minute,
  ],
  ['the ceiling is a day', { 'cache-control': 'max-age=31536000' }, 24 * hour],
  ['without a max-age it is the floor', { 'cache-control': 'no-store' }, 5 * minute],
  ['without Cache-Control it is the floor', {}, 5 * minute],
  ['a max-age that is no number gets the floor', { 'cache-control': 'max-age=soon' }, 5 * minute],
  [
    'an Age that is no number is passed over',
    { 'cache-control': 'max-age=7200', age: 'x' },
    2 * hour,
  ],
  ['a negative Age adds nothing', { 'cache-control': 'max-age=7200', age: '-60' }, 2 * hour],
])('%s', (_title, headers, expected) => {
  expect(freshForMs(new Headers(headers as Record<string, string>))).toBe(expected)
})
