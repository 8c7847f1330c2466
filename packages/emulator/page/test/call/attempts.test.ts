import type { CallHandled } from '@countersign/emulator'
import { expect, test } from 'vitest'
import { attemptsOf } from '../../src/call/attempts.ts'
import { accountOf, call } from '../events.ts'

const trace = 'aaaa'

function withToken(iat: number, overrides: Partial<CallHandled> = {}): CallHandled {
  const claims = { iat, email: accountOf('login') }
  const layer = { stage: 'token', header: 'authorization', claims, issuedHere: true } as const
  return call({ trace, at: iat, id: iat, layers: [layer], ...overrides })
}

function summaryOf(of: CallHandled, calls: readonly CallHandled[]) {
  return attemptsOf(of, calls).map(({ call: { id }, number, token }) => [id, number, token])
}

const refused = { status: 401, refusedBy: 'front-door' } as const
const first = withToken(1, refused)
const second = withToken(2)

test('a refused call that is repeated with another token is one call with two attempts', () => {
  const calls = [first, second]
  const attempts = [
    [1, 1, 'first'],
    [2, 2, 'another'],
  ]
  expect(summaryOf(first, calls)).toEqual(attempts)
  expect(summaryOf(second, calls)).toEqual(attempts)
})

test('an attempt says whether it has the same token, or none', () => {
  const again = withToken(1, { id: 5, at: 5, status: 503 })
  const bare = call({ trace, id: 6, at: 6, layers: [] })
  expect(summaryOf(first, [first, again, bare])).toEqual([
    [1, 1, 'first'],
    [5, 2, 'same'],
    [6, 3, 'none'],
  ])
})

test('if an attempt has two tokens, both count', () => {
  const door = { stage: 'token', header: 'x-serverless-authorization', issuedHere: true } as const
  const app = { ...door, header: 'authorization', claims: { iat: 1 } } as const
  const layers = [{ ...door, claims: {} }, app]
  const before = call({ ...refused, trace, id: 1, layers })
  const after = call({
    trace,
    id: 2,
    layers: [
      { ...door, claims: {} },
      { ...app, claims: { iat: 2 } },
    ],
  })
  expect(summaryOf(after, [before, after]).at(-1)).toEqual([2, 2, 'another'])
})

test('a caller that was only claimed can be verified in the next attempt', () => {
  const caller = { service: 'login', account: accountOf('login'), verified: false }
  expect(summaryOf(second, [withToken(1, { ...refused, caller }), second])).toHaveLength(2)
})

test('a call after a successful one is not a retry', () => {
  const third = withToken(3)
  expect(summaryOf(third, [first, second, third])).toEqual([[3, 1, 'first']])
})

test.each<[string, Partial<CallHandled>]>([
  ['another trace', { trace: 'bbbb' }],
  ['another service', { receiver: 'billing' }],
  ['another path', { target: '/profiles/8' }],
  ['another method', { method: 'POST' }],
  ['another caller', { caller: { account: accountOf('website'), verified: true } }],
  ['a replay', { replayOf: 1 }],
])('%s is not a retry', (_title, overrides) => {
  const other = withToken(2, overrides)
  expect(summaryOf(other, [first, other])).toHaveLength(1)
})

test('a call without a trace has no other attempts', () => {
  const { trace: _, ...untraced } = second
  expect(summaryOf(untraced, [first, untraced])).toEqual([[2, 1, 'first']])
})
