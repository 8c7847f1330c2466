import { expect, test } from 'vitest'
import { readAttributes } from '../../src/pushes/push-kinds.ts'

test('attributes are read a line each', () => {
  expect(readAttributes('kind = order\n\nexpression=a=b\n')).toEqual({
    kind: 'order',
    expression: 'a=b',
  })
  expect(() => readAttributes('kind')).toThrow('name=value')
})
