import { expect, test } from 'vitest'
import { diffHeaders } from '../../src/call/diff.ts'

test('headers are the same, changed, removed or added', () => {
  const before = [
    ['host', 'a'],
    ['authorization', 'Bearer <claims>'],
    ['connection', 'close'],
  ] as const
  const after = [
    ['forwarded', 'for=127.0.0.1'],
    ['host', 'b'],
    ['authorization', 'Bearer <claims>'],
  ] as const
  expect(diffHeaders(before, after)).toEqual([
    { name: 'host', before: 'a', after: 'b', change: 'changed' },
    { name: 'authorization', before: 'Bearer <claims>', after: 'Bearer <claims>', change: 'same' },
    { name: 'connection', before: 'close', change: 'removed' },
    { name: 'forwarded', after: 'for=127.0.0.1', change: 'added' },
  ])
})

test('a header that was sent twice is paired in order', () => {
  const before = [
    ['via', '1'],
    ['via', '2'],
  ] as const
  const changes = diffHeaders(before, [['via', '1']])
  expect(changes.map(({ change }) => change)).toEqual(['same', 'removed'])
})
