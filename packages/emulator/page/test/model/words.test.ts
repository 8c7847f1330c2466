import { expect, test } from 'vitest'
import { beside, counted, duration, relative } from '../../src/model/words.ts'

test.each([
  [0, '0 ms'],
  [0.84, '840 µs'],
  [12, '12 ms'],
  [3_240, '3.2 s'],
  [300_000, '5 min'],
  [330_000, '5 min 30 s'],
  [7_200_000, '2 h'],
  [259_200_000, '3 days'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('a time is written relative to another', () => {
  expect([relative(0, 90_000), relative(5_000, 0), relative(0, 10)]).toEqual([
    '1 min 30 s ago',
    'in 5 s',
    'now',
  ])
})

test('two times are written in order', () => {
  expect([beside(0, 7), beside(90_000, 0), beside(5, 5)]).toEqual([
    '7 ms earlier',
    '1 min 30 s later',
    'at the same time',
  ])
})

test('a number has its noun', () => {
  expect([counted(1, 'call'), counted(2_000, 'call')]).toEqual(['1 call', '2,000 calls'])
})
