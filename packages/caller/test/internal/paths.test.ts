import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compilePathRule, isPlainPath } from '../../src/internal/paths.ts'

/** Shared with the receiver: both sides hold a path to the same rules. */
const shared = new URL('../../../../test/vectors/paths.json', import.meta.url)

interface Vector {
  pattern: string
  path: string
  matches: boolean
  why: string
}

const vectors: Vector[] = existsSync(shared) ? JSON.parse(readFileSync(shared, 'utf8')) : []

describe('the shared vectors', () => {
  test.runIf(vectors.length > 0)('decide as the receiver does', () => {
    for (const { pattern, path, matches, why } of vectors) {
      const decision = { pattern, path, why, matches: compilePathRule([pattern])(path) }
      expect(decision).toEqual({ pattern, path, why, matches })
    }
  })
})

describe('a path rule', () => {
  test.each([
    ['/profiles/:id', '/profiles/7', true],
    ['/profiles/:id', '/profiles/7/', false],
    ['/profiles/:id', '/Profiles/7', false],
    ['/profiles/:id', '/profiles/7/photos', false],
    ['/profiles/:id', '/profiles/', false],
    ['/files/*path', '/files/a/b/c', true],
    ['/profiles/:id', '/profiles/a%20b', true],
    ['/profiles/:id', '/v1/profiles/7', false],
    ['/', '/', true],
  ])('%s on %s is %s', (pattern, path, matches) => {
    expect(compilePathRule([pattern])(path)).toBe(matches)
  })

  test('of several patterns needs one to match', () => {
    const rule = compilePathRule(['/a', '/b'])
    expect([rule('/a'), rule('/b'), rule('/c')]).toEqual([true, true, false])
  })

  test('matches no ambiguous path, not even with a wildcard', () => {
    const everything = compilePathRule(['/', '/*path'])
    for (const path of ambiguous) expect([path, everything(path)]).toEqual([path, false])
  })

  test.each(['profiles', '', '*'])("refuses the pattern '%s'", (pattern) => {
    expect(() => compilePathRule([pattern])).toThrow(TypeError)
  })
})

describe('a plain path', () => {
  test.each(['/', '/a', '/a/b', '/a.b', '/...', '/a/..b', '/a/.b', '/%41', '/%C3%A9', '/a:b'])(
    '%s is one',
    (path) => expect(isPlainPath(path)).toBe(true),
  )

  test.each(ambiguousPaths())('%s is none', (path) => expect(isPlainPath(path)).toBe(false))
})

const ambiguous = ambiguousPaths()

function ambiguousPaths(): string[] {
  return [
    ...['', 'a', '*', '//', '//evil/a', '/a//b', '/a\\b', '/a;b', '/a;x=1/b'],
    ...['/.', '/..', '/a/../b', '/a/./b', '/a/..', '/%2e/b', '/a/%2E%2e/b', '/a/.%2e', '/%2E.'],
    ...['/a%2fb', '/a%2Fb', '/a%5cb', '/a%5Cb', '/a%00', '/a%', '/a%4', '/a%zz', '/a%ff'],
  ]
}
