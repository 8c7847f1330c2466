import * as v from 'valibot'
import { expect, test } from 'vitest'
import { exactPath, method, pathPattern, route } from '../../src/file/forms.ts'

test.each(['/', '/ready', '/profiles/:id', '/files/*path', '/{v1/}jobs', '/static/*'])(
  '%s is a path pattern',
  (path) => expect(v.is(pathPattern, path)).toBe(true),
)

test.each(['', 'profiles', '//profiles', '/a b', '/a?b', '/a#b', '/a(b)', '/a+', '/:', '/*/a', 7])(
  '%s is no path pattern',
  (path) => expect(v.is(pathPattern, path)).toBe(false),
)

test.each(['GET /ready', 'OPTIONS /*', 'POST /hooks/:name'])('%s is a route', (text) => {
  expect(v.is(route, text)).toBe(true)
})

test.each(['/ready', 'GET', 'GET ready', 'get /ready', 'GET  /ready', 'GET /ready now', '* /'])(
  '%s is no route',
  (text) => expect(v.is(route, text)).toBe(false),
)

test.each(['get', 'FETCH', 'GET ', ''])('"%s" is no method', (text) => {
  expect(v.is(method, text)).toBe(false)
})

test('the path of a push is no pattern', () => {
  expect(v.is(exactPath, '/push/orders')).toBe(true)
  for (const path of [
    '/push/:name',
    '/push/*',
    '/push?x',
    'push',
    '//push',
    '/push/../x',
    '/a;b',
    '/%zz',
  ]) {
    expect(v.is(exactPath, path)).toBe(false)
  }
})
