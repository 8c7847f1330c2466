import { expect, test } from 'vitest'
import { readAttributes, readData } from '../../src/model/push-input.ts'

test('attributes are read a line each', () => {
  expect(readAttributes('kind = order\n\nexpression=a=b\n')).toEqual({
    kind: 'order',
    expression: 'a=b',
  })
  expect(() => readAttributes('kind')).toThrow('name=value')
})

test.each([
  ['{ "order": 7 }', { order: 7 }],
  ['[1]', [1]],
  ['7', '7'],
  ['null', 'null'],
  ['hello {', 'hello {'],
  ['', ''],
])('data %j is sent as %j', (text, data) => {
  expect(readData(text)).toEqual(data)
})
