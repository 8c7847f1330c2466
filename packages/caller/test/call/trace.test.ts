import { expect, test } from 'vitest'
import { traceIdOf, traceOf, withoutBrokenTrace } from '../../src/call/trace.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const valid = `00-${traceId}-b7ad6b7169203331-01`

test.each([
  [valid],
  [`01-${traceId}-b7ad6b7169203331-01-more`],
  [`cc-${traceId}-b7ad6b7169203331-00`],
])('%s is valid', (traceparent) => expect(traceIdOf(traceparent)).toBe(traceId))

test.each([
  [''],
  [`${valid}, ${valid}`],
  [`01-${traceId}-b7ad6b7169203331-01-x, 01-${traceId}-b7ad6b7169203331-01-x`],
  [`${valid}-more`],
  [`ff-${traceId}-b7ad6b7169203331-01`],
  [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  [`00-${traceId}-${'0'.repeat(16)}-01`],
  [`00-${traceId.toUpperCase()}-b7ad6b7169203331-01`],
])('%j is not', (traceparent) => {
  expect(traceIdOf(traceparent)).toBeUndefined()
  expect(traceOf({ traceparent, tracestate: 'a=b' })).toEqual([])
})

test('its state travels with it', () => {
  expect(
    traceOf({ traceparent: valid, tracestate: 'a=b', 'x-cloud-trace-context': 'x/1' }),
  ).toEqual([
    ['traceparent', valid],
    ['tracestate', 'a=b'],
    ['x-cloud-trace-context', 'x/1'],
  ])
})

test("Google's own header that came twice is not passed on", () => {
  expect(traceOf({ 'x-cloud-trace-context': 'x/1, y/2' })).toEqual([])
})

const more = ['x-more', '1'] as [string, string]

test.each<[string, [string, string][]]>([
  ['none', []],
  ['a valid one', [['traceparent', valid]]],
  [
    'a valid one, in upper case and with its state',
    [
      ['TraceParent', ` ${valid} `],
      ['TraceState', 'a=b'],
    ],
  ],
  ["Google's own alone", [['x-cloud-trace-context', 'x/1']]],
])("of a call's own headers stays %s", (_what, headers) => {
  expect(withoutBrokenTrace([more, ...headers])).toEqual([more, ...headers])
})

test.each<[string, [string, string][]]>([
  [
    'an invalid one, with its state',
    [
      ['Traceparent', 'undefined'],
      ['tracestate', 'a=b'],
    ],
  ],
  ['two that were joined', [['traceparent', `${valid}, ${valid}`]]],
  [
    'two',
    [
      ['traceparent', valid],
      ['Traceparent', valid],
    ],
  ],
  ['a state of no trace', [['tracestate', 'a=b']]],
])("of a call's own headers is left out %s", (_what, headers) => {
  expect(withoutBrokenTrace([...headers, more])).toEqual([more])
})
