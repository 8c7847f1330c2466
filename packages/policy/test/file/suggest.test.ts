import { expect, test } from 'vitest'
import { didYouMean, quotedList } from '../../src/file/shapes.ts'

test.each([
  { got: 'serch', known: ['login', 'search'], nearest: 'search' },
  { got: 'serviceacount', known: ['subject', 'serviceAccount'], nearest: 'serviceAccount' },
  { got: 'get', known: ['HEAD', 'GET', 'PUT'], nearest: 'GET' },
])('$got is near $nearest', ({ got, known, nearest }) => {
  expect(didYouMean(got, known)).toBe(` (did you mean "${nearest}"?)`)
})

test.each(['', 'x', 'zebra', 7, undefined])('%s is near nothing', (got) => {
  expect(didYouMean(got, ['search', 'login', 'a'])).toBe('')
})

test('a list of nothing says so', () => {
  expect([quotedList(['a', 'b']), quotedList([])]).toEqual(['"a", "b"', 'none'])
})
