import { expect, test } from 'vitest'
import { noFilter, parseRoute, searchOf } from '../../src/store/route.ts'

test('an empty query is the table of all calls', () => {
  expect(parseRoute('')).toEqual({ view: 'calls', filter: noFilter, wholeGraph: false })
  expect(searchOf(parseRoute(''))).toBe('')
})

test('a URL is the same after reading and writing', () => {
  const search =
    '?view=graph&service=a%26b&from=%28anonymous%29&text=two+words&refused=1&graph=all&call=12'
  const route = parseRoute(search)
  expect(route).toMatchObject({ view: 'graph', call: 12, wholeGraph: true })
  expect(route.filter).toMatchObject({ service: 'a&b', from: '(anonymous)', problemsOnly: true })
  expect(parseRoute(searchOf(route))).toEqual(route)
})

test.each(['?view=admin', '?call=-1', '?call=1e9', '?call=x'])('%s is ignored', (search) => {
  expect(searchOf(parseRoute(search))).toBe('')
})
