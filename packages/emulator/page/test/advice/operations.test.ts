import { expect, test } from 'vitest'
import {
  editDistance,
  isAllowed,
  pathOf,
  rulesOf,
  rulesText,
  similarOperation,
} from '../../src/advice/operations.ts'
import { accountOf, stateOf } from '../events.ts'

const rules = [
  { methods: ['POST'], paths: ['/charges'] },
  { methods: ['GET'], paths: ['/charges/:id', '/api/items/:id', '/files/*'] },
]

/** The similar operation, in words. */
function similarTo(method: string, path: string): string | undefined {
  const similar = similarOperation({ method, path }, rules)
  return similar && `${similar.method} ${similar.path}`
}

test.each([
  ['a letter is missing', 'POST', '/charge', 'POST /charges'],
  ['two letters are swapped', 'POST', '/chagres', 'POST /charges'],
  ['upper case', 'POST', '/Charges', 'POST /charges'],
  ['a slash at the end', 'POST', '/charges/', 'POST /charges'],
  ['another method', 'GET', '/charges', 'POST /charges'],
  ['a parameter keeps its value', 'GET', '/charge/7', 'GET /charges/7'],
  ['the beginning is missing', 'GET', '/items/7', 'GET /api/items/7'],
  ['an additional beginning', 'POST', '/v1/charges', 'POST /charges'],
  ['the rest of an open path is kept', 'GET', '/file/a/b', 'GET /files/a/b'],
])('a mistake is recognised: %s', (_title, method, path, similar) => {
  expect(similarTo(method, path)).toBe(similar)
})

test.each([
  ['another word', 'POST', '/refunds'],
  ['an allowed operation', 'POST', '/charges'],
  ['HEAD, which GET implies', 'HEAD', '/charges/7'],
  ['more segments', 'GET', '/charges/7/lines'],
  ['the root', 'POST', '/'],
])('nothing is guessed for %s', (_title, method, path) => {
  expect(similarTo(method, path)).toBeUndefined()
})

test('a very long path is not compared', () => {
  expect(similarTo('POST', `/charges${'x'.repeat(400)}`)).toBeUndefined()
})

test('without paths only the method can be wrong, without methods only the path', () => {
  expect(similarOperation({ method: 'GET', path: '/any' }, [{ methods: ['PUT'] }])).toEqual({
    method: 'PUT',
    path: '/any',
  })
  expect(similarOperation({ method: 'PUT', path: '/order' }, [{ paths: ['/orders'] }])).toEqual({
    method: 'PUT',
    path: '/orders',
  })
  expect(isAllowed({ method: 'GET', path: '/any' }, [{}])).toBe(true)
  expect(isAllowed({ method: 'GET', path: '/any' }, [])).toBe(false)
})

test('an escaped character of a pattern is the character', () => {
  const similar = similarOperation({ method: 'GET', path: '/jobs:rum' }, [
    { paths: ['/jobs\\:run'] },
  ])
  expect(similar?.path).toBe('/jobs:run')
})

test('rules are written as operations', () => {
  expect(rulesText([...rules, { methods: ['PUT'] }, { paths: ['/a'] }, {}])).toEqual([
    'POST /charges',
    'GET /charges/:id',
    'GET /api/items/:id',
    'GET /files/*',
    'PUT on any path',
    'any method on /a',
    'any method on any path',
  ])
})

test('a caller has the rules of all services with its account, and a push those of its path', () => {
  const state = {
    ...stateOf(
      ['login', 'website', 'search'],
      [
        { from: 'login', to: 'search', rules: [{ paths: ['/a'] }] },
        { from: 'website', to: 'search', rules: [{ paths: ['/b'] }] },
        { from: 'website', to: 'login', rules: [{ paths: ['/c'] }] },
      ],
    ),
    pushes: [
      { name: 'orders', kind: 'pubsub', to: 'search', path: '/push', account: accountOf('p') },
    ] as const,
  }
  const shared = state.services.map((one) => ({ ...one, account: accountOf('login') }))
  expect(rulesOf(state, { service: 'login' }, 'search')).toEqual([{ paths: ['/a'] }])
  expect(rulesOf({ ...state, services: shared }, { service: 'login' }, 'search')).toHaveLength(2)
  expect(rulesOf(state, { account: accountOf('p') }, 'search')).toEqual([
    { methods: ['POST'], paths: ['/push'] },
  ])
  expect(rulesOf(state, { service: 'stranger' }, 'search')).toEqual([])
  expect(rulesOf(undefined, { service: 'login' }, 'search')).toEqual([])
})

test('a recording of an older version has no rules', () => {
  const state = stateOf(['login', 'search'], [{ from: 'login', to: 'search' }])
  expect(rulesOf(state, { service: 'login' }, 'search')).toEqual([])
})

test('the path ends before the query', () => {
  expect(['/a?b=/c', '/a'].map(pathOf)).toEqual(['/a', '/a'])
})

test('the distance counts letters to add, remove and replace', () => {
  expect([
    editDistance('kitten', 'sitting'),
    editDistance('', 'abc'),
    editDistance('same', 'same'),
  ]).toEqual([3, 3, 0])
})
