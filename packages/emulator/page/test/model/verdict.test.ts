import { expect, test } from 'vitest'
import { helpFor } from '../../src/model/codes.ts'
import { titleOf, verdictOf } from '../../src/model/verdict.ts'
import { call } from '../events.ts'

test.each([
  ['front-door', 'token_invalid', 401, 'refused', 'never saw it'],
  ['receiver', 'audience_mismatch', 401, 'refused', 'verifyCaller in search refused it'],
  ['receiver', 'keys_unavailable', 503, 'failed', 'verifyCaller in search refused it'],
  ['application', undefined, 403, 'refused', 'its own code answered 403'],
] as const)(
  'a refusal by the %s (%s) is said to be its own',
  (refusedBy, code, status, outcome, says) => {
    const verdict = verdictOf(call({ refusedBy, status, ...(code && { code }) }))
    expect(verdict.outcome).toBe(outcome)
    expect(verdict.sentence).toContain(says)
    expect(verdict.help === undefined).toBe(code === undefined)
  },
)

test('where the front door names the claim, that is what is explained', () => {
  const layer = { stage: 'front-door', verdict: 'token_invalid', claim: 'exp', atMs: 1 } as const
  const refused = call({ refusedBy: 'front-door', code: 'token_invalid', layers: [layer] })
  expect(verdictOf(refused).help?.means).toBe('The token has expired.')
})

test('what is well is said to be', () => {
  expect(verdictOf(call())).toMatchObject({ outcome: 'ok', help: undefined })
  expect(verdictOf(call({ status: 500 })).outcome).toBe('failed')
})

test('a code means what the one who answered it means by it', () => {
  const [byDoor, byReceiver] = [
    helpFor('token_missing', 'front-door'),
    helpFor('token_missing', 'receiver'),
  ]
  expect(byDoor?.means).not.toBe(byReceiver?.means)
  expect(helpFor('constructor', 'receiver')).toBeUndefined()
})

test('a call without a token is anonymous', () => {
  const { caller: _, ...anonymous } = call()
  expect(titleOf(anonymous)).toBe('(anonymous) → search')
})
