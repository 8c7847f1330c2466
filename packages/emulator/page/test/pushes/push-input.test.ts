import { expect, test } from 'vitest'
import { readAttributes } from '../../src/pushes/push-kinds.ts'

test('each line is one attribute', () => {
  expect(readAttributes('kind = order\n\nexpression=a=b\n')).toEqual({
    kind: 'order',
    expression: 'a=b',
  })
  expect(() => readAttributes('kind')).toThrow('name=value')
})
