import { expect, test } from 'vitest'
import { assertFunction, assertKnown, assertObject, oneOf, printed } from '../src/checks.ts'

test('an unknown property is refused by name', () => {
  assertKnown({ paths: [] }, ['methods', 'paths'], 'allow[0]')
  expect(() => assertKnown({ path: [] }, ['methods', 'paths'], 'allow[0]')).toThrow(
    new TypeError('allow[0] has no "path": write one of methods, paths'),
  )
})

test.each([[[]], [null], ['text'], [() => {}], [undefined]])('%s is not an object', (value) => {
  expect(() => assertObject(value, 'options')).toThrow(/^options is .*: write an object$/)
})

test('a function can be left out', () => {
  assertFunction(undefined, 'now')
  expect(() => assertFunction(1, 'now')).toThrow(
    new TypeError('now is 1: leave it out, or give a function'),
  )
})

test('one of some words', () => {
  expect(oneOf('a', 'x', ['a', 'b'])).toBe('a')
  expect(oneOf(undefined, 'x', ['a', 'b'])).toBeUndefined()
  expect(() => oneOf<string>('c', 'x', ['a', 'b'])).toThrow(
    new TypeError('x is "c": write "a" or "b"'),
  )
})

test('what JSON cannot write is printed all the same', () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  expect([printed(circle), printed(1n), printed(undefined)]).toEqual([
    '[object Object]',
    '1',
    'undefined',
  ])
})
