import { expect, test } from 'vitest'
import { pushAudienceHelp, pushOf } from '../../src/advice/push-audience.ts'
import { accountOf, audienceOf, call, stateOf } from '../events.ts'

const orders = {
  name: 'orders',
  kind: 'pubsub',
  to: 'search',
  path: '/push',
  account: accountOf('pusher'),
} as const
const state = { ...stateOf(['login', 'search']), pushes: [orders] }
const token = { stage: 'token', header: 'authorization', claims: {}, issuedHere: true } as const
const verdict = { stage: 'front-door', verdict: 'token_invalid', claim: 'aud', atMs: 1 } as const
const refused = call({
  id: 5,
  caller: { account: accountOf('pusher'), verified: false },
  refusedBy: 'front-door',
  code: 'token_invalid',
  layers: [token, verdict],
})
const attempt = {
  type: 'push',
  id: 6,
  at: 1,
  push: 'orders',
  kind: 'pubsub',
  to: 'search',
  delivery: 1,
  attempt: 1,
  status: 401,
  outcome: 'will-retry',
  call: 5,
} as const

test('a delivery is recognised by its attempt, or by an account whose token the emulator signed', () => {
  const anonymous = { ...refused, layers: [] }
  expect(pushOf(anonymous, state, [attempt])).toBe(orders)
  expect(pushOf(refused, state, [])).toBe(orders)
  expect(pushOf(anonymous, state, [])).toBeUndefined()
  expect(pushOf(call(), state, [attempt])).toBeUndefined()
})

test('the help names the audience of the push and of the subscription, with the entry', () => {
  const help = pushAudienceHelp(refused, orders, state)
  expect(help?.means).toContain('orders has no audience')
  expect(help?.means).toContain('The emulator made this token itself')
  expect(help?.todo).toContain('Set audience of the push orders in the policy')
  expect(help?.todo).toContain('of the subscription')
  expect(JSON.parse(help?.snippet ?? '')).toEqual({
    pushes: { orders: { audience: audienceOf('search') } },
  })
})

test('a wrong audience in the policy is named as such', () => {
  const help = pushAudienceHelp(refused, { ...orders, audience: 'https://other.example' }, state)
  expect(help?.means).toContain('which search does not have')
})

test('another reason than the audience has no such help', () => {
  const expired = { ...refused, layers: [token, { ...verdict, claim: 'exp' }] }
  expect(pushAudienceHelp(expired, orders, state)).toBeUndefined()
  expect(pushAudienceHelp({ ...refused, code: 'audience_mismatch' }, orders, state)).toBeDefined()
})
