import { expect, test } from 'vitest'
import { windowOf } from '../../src/calls/use-viewport.ts'

const view = { rows: 10_000, rowHeight: 30, height: 600 }

test.each([
  ['at the top', 0],
  ['in the middle', 150_000],
  ['at the end', 300_000 - 600],
  ['beyond the end, as after the list became shorter', 400_000],
])('%s few rows are drawn, and all that are seen', (_title, scrollTop) => {
  const { first, end } = windowOf({ ...view, scrollTop })
  expect(end - first).toBeLessThan(40)
  const top = Math.min(scrollTop, 300_000 - 600) / 30
  expect(first).toBeLessThanOrEqual(top)
  expect(end).toBeGreaterThanOrEqual(Math.min(10_000, top + 20))
})

test('a short list is drawn completely', () => {
  expect(windowOf({ ...view, rows: 3, scrollTop: 0 })).toEqual({ first: 0, end: 3 })
})
