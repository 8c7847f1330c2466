import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { areCovering } from '../../src/calls/declared.ts'

interface PathVector {
  pattern: string
  path: string
  matches: boolean
  why: string
}

/** Those of receiver and caller. */
const vectors: PathVector[] = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/paths.json', import.meta.url), 'utf8'),
)

test.each(vectors)('$pattern and $path: $why', ({ pattern, path, matches }) => {
  expect(areCovering([{ paths: [pattern] }], { method: 'GET', target: path })).toBe(matches)
})

test.each([
  [{}, 'DELETE', '/a//b', true],
  [{ methods: ['GET'] }, 'GET', '/a', true],
  [{ methods: ['GET'] }, 'HEAD', '/a', true],
  [{ methods: ['HEAD'] }, 'GET', '/a', false],
  [{ methods: ['GET'] }, 'POST', '/a', false],
  [{ methods: ['GET'], paths: ['/a'] }, 'GET', '/a?b=/../c', true],
  [{ methods: ['GET'], paths: ['/a', '/b/*'] }, 'GET', '/b/c/d', true],
  [{ methods: ['POST'], paths: ['/a'] }, 'GET', '/a', false],
])('%j and %s %s: %s', (rule, method, target, expected) => {
  expect(areCovering([rule], { method, target })).toBe(expected)
})
