import { expect, test } from 'vitest'
import { refusalHelp } from '../../src/advice/refusal-help.ts'
import { refusal, stateOf } from '../events.ts'

const state = stateOf(
  ['login', 'search', 'billing'],
  [
    { from: 'login', to: 'search', rules: [{ methods: ['GET'], paths: ['/profiles/:id'] }] },
    { from: 'login', to: 'billing', rules: [{ methods: ['POST'], paths: ['/charges'] }] },
  ],
)

test('a mistyped path is recognised, and the entry for it allows only this operation', () => {
  const help = refusalHelp(refusal(), state)
  expect(help.guess).toBe('Did you mean GET /profiles/7?')
  expect(help.similar).toBe('GET /profiles/7')
  expect(help.expected).toEqual(['GET /profiles/:id'])
  expect(JSON.parse(help.snippet ?? '')).toEqual({
    services: {
      login: {
        calls: {
          search: [
            { methods: ['GET'], paths: ['/profiles/:id'] },
            { methods: ['GET'], paths: ['/profile/7'] },
          ],
        },
      },
    },
  })
})

test('an operation that is similar to none has no guess', () => {
  expect(refusalHelp(refusal({ path: '/users' }), state).guess).toBeUndefined()
})

test.each(['target_not_allowed', 'target_beyond_emulator'])(
  '%s: the target that has this operation, or a similar one, is guessed',
  (code) => {
    const { target: _, ...nowhere } = refusal({ code, method: 'POST', path: '/charge' })
    expect(refusalHelp(nowhere, state).guess).toBe(
      "Did you mean billing? Write policy.url('billing').",
    )
    expect(refusalHelp({ ...nowhere, path: '/other' }, state).guess).toBeUndefined()
  },
)

test('if the operation does not decide between two targets, none is guessed', () => {
  const rules = [{ paths: ['/ready'] }]
  const edges = ['search', 'billing'].map((to) => ({ from: 'login', to, rules }))
  const code = 'target_not_allowed'
  const { target: _, ...asked } = refusal({ code, path: '/ready' })
  expect(refusalHelp(asked, stateOf(['login', 'search', 'billing'], edges)).guess).toBeUndefined()
})

test.each([
  'target_not_allowed',
  'operation_not_allowed',
  'target_beyond_emulator',
  'insecure_target',
  'redirect_refused',
  'header_conflict',
  'a_code_of_a_newer_version',
  'constructor',
])('%s is explained, with what to do, also by a service that does not name itself', (code) => {
  const { service: _, target: __, ...nameless } = refusal({ code })
  for (const { means, todo } of [
    refusalHelp(refusal({ code }), state),
    refusalHelp(nameless, undefined),
  ]) {
    expect([means, todo].map((text) => /^\S.+\.$/.test(text))).toEqual([true, true])
    expect(means + todo).not.toContain('undefined')
  }
})

test('a target that is known but not listed comes with the entry that declares the call', () => {
  const help = refusalHelp(refusal({ code: 'target_not_allowed', target: 'orders' }), state)
  expect(help.means).toBe('login called orders, which is not among its targets.')
  expect(help.guess).toBeUndefined()
  expect(JSON.parse(help.snippet ?? '').services.login.calls).toEqual({
    orders: [{ methods: ['GET'], paths: ['/profile/7'] }],
  })
})

test.each([
  ['the method is unknown', { method: '-' }],
  ['the path was redacted', { path: '/keys/[redacted]' }],
  ['the path was truncated', { path: '/long…' }],
])('no entry is offered if %s', (_title, overrides) => {
  expect(refusalHelp(refusal(overrides), state).snippet).toBeUndefined()
})
