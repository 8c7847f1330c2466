import { readFileSync } from 'node:fs'
import { match } from 'path-to-regexp'
import { describe, expect, test } from 'vitest'
import { compilePath, isPlainPath, maxPathLength, maxSegments, plainPath } from '../src/paths.ts'

interface PathVector {
  pattern: string
  path: string
  matches: boolean
  why: string
}

const vectors: PathVector[] = JSON.parse(
  readFileSync(new URL('../../../test/vectors/paths.json', import.meta.url), 'utf8'),
)

function matches(pattern: string, target: string): boolean {
  const path = plainPath(target)
  return path !== undefined && compilePath(pattern, 'paths[0]')(path)
}

describe('a path rule', () => {
  test('has vectors', () => {
    expect(vectors.length).toBeGreaterThan(30)
  })

  test.each(vectors)('$pattern and $path: $why', ({ pattern, path, matches: expected }) => {
    expect(matches(pattern, path)).toBe(expected)
  })

  test('the query is no part of the path', () => {
    expect(matches('/profiles/:id', '/profiles/7?a=/../b')).toBe(true)
  })

  test('a call without a URL matches nothing', () => {
    expect(plainPath(undefined)).toBeUndefined()
  })

  test('a pattern that is no path stops the start', () => {
    expect(() => compilePath('profiles', 'allow[0].paths[1]')).toThrow(
      new TypeError(
        'allow[0].paths[1] must be a path, but is "profiles": write one such as "/profiles/:id"',
      ),
    )
  })

  test('a letter with a meaning may be escaped', () => {
    expect(matches('/jobs/nightly\\:run', '/jobs/nightly:run')).toBe(true)
    expect(matches('/jobs/nightly\\:run', '/jobs/nightlyx')).toBe(false)
  })

  test.each([
    ['/a/**', '/a/*'],
    ['/**', '/*'],
    ['/a*', '/a/*'],
    ['/a/(.*)', '/a/*'],
    ['/a/**/*', '/a/*'],
    ['/a/*/b', '/a/:any/b'],
    ['/a/:id?', '/a{/:id}'],
    ['/a/:id(\\d+)', '/a/:id'],
    ['/a/{id}', '/a/:id'],
    ['/{a}/b/{c}', '/:a/b/:c'],
    ['/a+', '/a\\+'],
    ['/(a)', '/\\(a\\)'],
  ])('%s stops the start, and the error says to write %s', (pattern, other) => {
    compilePath(other, 'allow[0].paths[0]')
    expect(() => compilePath(pattern, 'allow[0].paths[0]')).toThrow(
      `allow[0].paths[0] must be a path pattern, but is "${pattern}": write "${other}" (":name" for`,
    )
  })

  test.each(['/a/:', '/{a', '/a?', '/:a:b', '/a/**/*.json'])(
    '%s stops the start, and the error says what a pattern can be',
    (pattern) => {
      expect(() => compilePath(pattern, 'allow[0].paths[0]')).toThrow(
        `allow[0].paths[0] must be a path pattern, but is "${pattern}": write ":name" for one segment,`,
      )
    },
  )

  test('the error of path-to-regexp is kept', () => {
    expect(() => compilePath('/a/:', 'allow[0].paths[0]')).toThrow(
      expect.objectContaining({ cause: expect.any(Error) }),
    )
  })
})

describe('a pattern with optional groups', () => {
  test.each([
    ['/a{/:b}', ['/a', '/a/1'], ['/a/', '/a/1/2', '/ab']],
    ['/a{/:b{/:c}}/d', ['/a/d', '/a/1/d', '/a/1/2/d'], ['/a', '/a/d/1', '/a/1/2/3/d']],
    ['/a{/:b}{/:c}', ['/a', '/a/1', '/a/1/2'], ['/a/1/2/3']],
    ['/:name{.:format}', ['/a', '/a.json', '/a.b.c'], ['/', '/a/b.json']],
    ['/{a}{b}', ['/', '/a', '/b', '/ab'], ['/ba', '/aa']],
  ] as const)('%s matches in each of its forms', (pattern, paths, others) => {
    expect(paths.filter((path) => !matches(pattern, path))).toEqual([])
    expect(others.filter((path) => matches(pattern, path))).toEqual([])
  })

  test('stops the start where it has too many', () => {
    expect(() => compilePath(`/a${'{/b}'.repeat(20)}`, 'paths[0]')).toThrow('paths[0]')
  })
})

describe('a pattern with several parameters or wildcards', () => {
  test.each([
    ['/:a/b/:c', ['/1/b/2', '/b/b/b'], ['/1/b/', '/1/c/2', '/1/b', '/1/2/b/3', '/1/b/2/3']],
    ['/:a-:b', ['/1-2', '/1-2-3', '/---'], ['/-', '/1-', '/-1', '/12', '/1/2-3', '/a']],
    ['/*a/x/*b', ['/1/x/2', '/1/2/x/3/4', '/x/x/x'], ['/x/1', '/1/x', '/1/y/2']],
    ['/*a.js', ['/1.js', '/1/2.js', '/.js.js'], ['/.js', '/1.jsx', '/1js']],
    ['/aba:x', ['/abab', '/ababa'], ['/aba', '/ab']],
    ['/ab:x/ba', ['/abx/ba'], ['/ab/ba', '/aba/b', '/abba']],
  ] as const)('%s matches what path-to-regexp does', (pattern, paths, others) => {
    expect(paths.filter((path) => !matches(pattern, path))).toEqual([])
    expect(others.filter((path) => matches(pattern, path))).toEqual([])
    const whole = match(pattern, { sensitive: true, trailing: false, decode: false })
    expect([...paths, ...others].filter((path) => whole(path) !== false)).toEqual(paths)
  })
})

const ambiguous = [
  ...['', 'a', '*', '//', '//evil/a', '/a//b', '/a\\b', '/a;b', '/a;x=1/b', '/a#b'],
  ...['/.', '/..', '/a/../b', '/a/./b', '/a/..', '/%2e/b', '/a/%2E%2e/b', '/a/.%2e', '/%2E.'],
  ...['/a%2fb', '/a%2Fb', '/a%5cb', '/a%5Cb', '/a%00', '/a%', '/a%4', '/a%zz', '/a%ff'],
  ...['/users/7/\u00a0', '/a b', '/a\t', '/a\u007f', '/\u00e9', '/a\u3000', '/a\ufeff', '/a\u0000'],
]

describe('a plain path', () => {
  test.each([
    '/',
    '/a',
    '/a/b',
    '/a.b',
    '/...',
    '/a/..b',
    '/a/.b',
    '/%41',
    '/%C3%A9',
    '/a:b',
    '/~!',
  ])('%s is one', (path) => expect(isPlainPath(path)).toBe(true))

  test.each(ambiguous)('%j is not', (path) => {
    expect(isPlainPath(path)).toBe(false)
    expect(plainPath(path)).toBeUndefined()
  })

  test('has so many segments at most', () => {
    const most = '/a'.repeat(maxSegments)
    expect(plainPath(most)).toBe(most)
    expect(matches('/*', most)).toBe(true)
    expect(plainPath(`${most}/`)).toBeUndefined()
    expect(plainPath(`${most}?b=${'/c'.repeat(maxSegments)}`)).toBe(most)
  })

  test('has so many characters at most, without its query', () => {
    const longest = `/${'a'.repeat(maxPathLength - 1)}`
    expect(plainPath(longest)).toBe(longest)
    expect(plainPath(`${longest}?${'b'.repeat(5000)}`)).toBe(longest)
    expect(plainPath(`${longest}a`)).toBeUndefined()
    expect(matches('/*', longest)).toBe(true)
    expect(matches('/*', `${longest}a`)).toBe(false)
  })
})
