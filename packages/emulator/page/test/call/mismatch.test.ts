import { expect, test } from 'vitest'
import { mismatchOf } from '../../src/call/verdict.ts'
import { audienceOf, call, stateOf } from '../events.ts'

const state = stateOf(['login', 'search'])
const tokenIn = (header: 'authorization' | 'x-serverless-authorization', aud: unknown) =>
  ({ stage: 'token', header, claims: { aud }, issuedHere: true }) as const

test('the front door reports what did not match', () => {
  const layer = { stage: 'front-door', verdict: 'token_invalid', atMs: 1 } as const
  const refused = call({ layers: [{ ...layer, claim: 'aud', got: 'a', expected: ['b'] }] })
  expect(mismatchOf(refused, state)).toEqual({ claim: 'aud', got: 'a', expected: ['b'] })
  expect(mismatchOf(call({ layers: [layer] }), state)).toBeUndefined()
})

test('for a receiver the token in Authorization is compared with its audiences', () => {
  const layers = [
    tokenIn('x-serverless-authorization', audienceOf('search')),
    tokenIn('authorization', 'https://other.example'),
  ]
  expect(mismatchOf(call({ code: 'audience_mismatch', layers }), state)).toEqual({
    claim: 'aud',
    got: 'https://other.example',
    expected: [audienceOf('search')],
  })
})

test('other refusals of a receiver have nothing to compare', () => {
  const layers = [tokenIn('authorization', 'https://other.example')]
  expect(mismatchOf(call({ code: 'token_expired', layers }), state)).toBeUndefined()
  expect(mismatchOf(call({ code: 'audience_mismatch', layers }), undefined)).toBeUndefined()
})
