import { describe, expect, test } from 'vitest'
import {
  assertFunction,
  assertKnown,
  assertNoBareHost,
  assertObject,
  assertOneAudience,
  nearest,
  oneOf,
  printed,
} from '../src/checks.ts'
import { compilePath } from '../src/paths.ts'

test('an unknown property is refused by name', () => {
  assertKnown({ paths: [] }, ['methods', 'paths'], 'allow[0]')
  expect(() => assertKnown({ path: [] }, ['methods', 'paths'], 'allow[0]')).toThrow(
    new TypeError('allow[0] has no "path": write one of methods, paths (did you mean "paths"?)'),
  )
})

test.each([
  ['ondenied', 'onDenied'],
  ['onDenid', 'onDenied'],
  ['onDeniedd', 'onDenied'],
  ['onDeinde', undefined],
  ['alow', 'allow'],
  ['logg', 'log'],
  ['lo', undefined],
  ['x', undefined],
  ['to', undefined],
  ['hasOwn', undefined],
])('the word that was probably meant by %s is %s', (text, word) => {
  expect(nearest(text, ['now', 'log', 'allow', 'allowed', 'onDenied'])).toBe(word)
})

test('the nearest word is meant, not the first that is near', () => {
  expect(nearest('paths2', ['path', 'paths'])).toBe('paths')
})

test('the options of a middleware are listed too, but are not let through', () => {
  const own = { [Symbol.for('@countersign/ownOptions')]: ['onDenied'] }
  expect(() => assertKnown({ ...own, onDenid: 1 }, ['allow'], 'options')).toThrow(
    new TypeError(
      'options has no "onDenid": write one of allow, onDenied (did you mean "onDenied"?)',
    ),
  )
  expect(() => assertKnown({ ...own, onDenied: 1 }, ['allow'], 'options')).toThrow(TypeError)
})

test.each([[[]], [null], ['text'], [() => {}], [undefined]])('%s is not an object', (value) => {
  expect(() => assertObject(value, 'options')).toThrow(
    /^options must be an object, but is .*: write \{ … \}$/,
  )
})

test('a function can be left out', () => {
  assertFunction(undefined, 'now')
  expect(() => assertFunction(1, 'now')).toThrow(
    new TypeError('now must be a function, but is 1: write one, or leave it out'),
  )
})

test('one of some words', () => {
  expect(oneOf('a', 'x', ['a', 'b'])).toBe('a')
  expect(oneOf(undefined, 'x', ['a', 'b'])).toBeUndefined()
  expect(() => oneOf<string>('c', 'x', ['a', 'b'])).toThrow(
    new TypeError('x must be "a" or "b", but is "c"'),
  )
})

test.each([
  ['search-123.us-central1.run.app', 'https://search-123.us-central1.run.app'],
  ['Search-4x2.a.run.app/', 'https://Search-4x2.a.run.app'],
  ['region-project.cloudfunctions.net/fn', 'https://region-project.cloudfunctions.net/fn'],
])('a host of Google’s is no audience: %s', (audience, url) => {
  expect(() => assertNoBareHost(audience, 'audience')).toThrow(
    new TypeError(`audience must be a URL, but is "${audience}": write "${url}"`),
  )
})

test.each([
  'https://search-123.us-central1.run.app',
  'search.acme.example',
  'search',
  '123.apps.googleusercontent.com',
  'search-run.app',
  'x.run.app.example',
])('any other text can be an audience: %s', (audience) => {
  assertNoBareHost(audience, 'audience')
  assertOneAudience(audience, 'audience')
})

test.each([
  '"https://search.example"',
  "'search'",
  '<https://search.example>',
  '["https://search.example"]',
  'https://*.us-central1.run.app',
  'https://$' + '{SERVICE}.run.app',
  'https://a.example,https://b.example',
  'https://a.example; https://b.example',
  'https://a.example https://b.example',
  '\u200bhttps://search.example',
])('no token has the audience %j', (audience) => {
  expect(() => assertOneAudience(audience, 'audience')).toThrow(
    'audience must be one audience, as it stands in aud, but is "',
  )
})

test.each([
  'https://search.example/push?token=a,https://b.example',
  'https://search.example/push?ids[]=1&q=*',
  'a b',
])('one has %j', (audience) => {
  assertOneAudience(audience, 'audience')
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

describe('a secret in the wrong option', () => {
  const token = `eyJhbGciOiJSUzI1NiJ9.${'eyJhdWQiOiJ4In0'}.${'a1B2'.repeat(10)}`

  test.each([
    [token, '"[redacted]"'],
    [[token], '["[redacted]"]'],
    [{ [token]: `Bearer ${token}` }, '{"[redacted]":"Bearer [redacted]"}'],
    ['https://me:word@svc.example/', '"https://[redacted]@svc.example/"'],
    ['x'.repeat(1000), `"${'x'.repeat(299)}…`],
    [Number.NaN, 'NaN'],
    ['a?b=c', '"a?b=c"'],
  ])('is not printed: %#', (value, text) => {
    expect(printed(value)).toBe(text)
  })

  test('nor as the name of one', () => {
    expect(() => assertKnown({ [token]: 1 }, ['allow'], 'options')).toThrow(
      'options has no "[redacted]": write one of allow',
    )
  })

  test('nor as a path', () => {
    const compile = () => compilePath(`/${token}/:id?`, 'paths[0]')
    expect(compile).toThrow(
      'must be a path pattern, but is "/[redacted]/:id?": write "/[redacted]{/:id}"',
    )
    expect(compile).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ message: expect.stringContaining('/[redacted]/:id') }),
      }),
    )
  })
})
