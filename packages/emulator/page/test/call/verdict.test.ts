import { expect, test } from 'vitest'
import { mismatchOf, titleOf, verdictOf } from '../../src/call/verdict.ts'
import { accountOf, call, stateOf } from '../events.ts'

test.each([
  ['front-door', 'token_invalid', 401, 'refused', 'did not receive it'],
  ['receiver', 'audience_mismatch', 401, 'refused', 'verifyCaller in search refused it'],
  ['receiver', 'keys_unavailable', 503, 'failed', 'verifyCaller in search refused it'],
  ['application', undefined, 403, 'refused', 'answered 403 itself'],
] as const)(
  'a refusal by the %s (%s) is explained as its own',
  (refusedBy, code, status, outcome, says) => {
    const verdict = verdictOf(call({ refusedBy, status, ...(code && { code }) }))
    expect(verdict.outcome).toBe(outcome)
    expect(verdict.sentence).toContain(says)
    expect(verdict.help === undefined).toBe(code === undefined)
  },
)

test('if the front door names the claim, the help is about the claim', () => {
  const layer = { stage: 'front-door', verdict: 'token_invalid', claim: 'exp', atMs: 1 } as const
  const refused = call({ refusedBy: 'front-door', code: 'token_invalid', layers: [layer] })
  expect(verdictOf(refused).help?.means).toBe('The token has expired.')
})

test('a call without problems is reported as answered', () => {
  expect(verdictOf(call())).toMatchObject({ outcome: 'ok', help: undefined })
  expect(verdictOf(call({ status: 500 })).outcome).toBe('failed')
})

const sent = { stage: 'sent', headers: [] } as const
const admitted = { stage: 'front-door', verdict: 'admitted', atMs: 1 } as const
const forwarded = { stage: 'forwarded', headers: [], atMs: 1 } as const

test.each([403, 503, 200])('a drill that answered %d is not reported as the service', (status) => {
  const verdict = verdictOf(call({ status, drill: 3, layers: [sent] }))
  expect(verdict.outcome).toBe('failed')
  expect(verdict.heading).toBe('Answered by a drill')
  expect(verdict.sentence).toBe(
    `Drill 3 answered ${status} instead of the front door; search did not receive the call.`,
  )
})

test('a call that a drill only delayed is answered by the service', () => {
  const answer = { stage: 'answer', status: 200, headers: [], atMs: 2_000 } as const
  const verdict = verdictOf(call({ drill: 3, layers: [sent, admitted, forwarded, answer] }))
  expect(verdict).toMatchObject({ outcome: 'ok', heading: 'Answered' })
})

test('a caller that disconnected got no answer, and the sentence says whether the service received the call', () => {
  const gone = { status: 499, durationMs: 200 }
  const late = verdictOf(call({ ...gone, layers: [sent, admitted, forwarded] }))
  expect(late).toMatchObject({ outcome: 'failed', heading: 'Not answered' })
  expect(late.sentence).toBe('The caller disconnected after 200 ms; search had not answered yet.')
  const hung = verdictOf(call({ ...gone, drill: 3, layers: [sent] }))
  expect(hung.sentence).toBe(
    'The caller disconnected while drill 3 delayed it; search did not receive the call.',
  )
})

test('an answer of 499 by the service is its own', () => {
  const answer = { stage: 'answer', status: 499, headers: [], atMs: 2 } as const
  expect(verdictOf(call({ status: 499, layers: [answer] })).outcome).toBe('ok')
})

test('a service that does not answer has not refused', () => {
  const app = 'http://127.0.0.1:8081'
  const unreachable = { ...admitted, verdict: 'app_unreachable', expected: [app] } as const
  const layers = [sent, admitted, unreachable]
  const verdict = verdictOf(
    call({ status: 503, refusedBy: 'front-door', code: 'app_unreachable', layers }),
  )
  expect(verdict.outcome).toBe('failed')
  expect(verdict.sentence).toBe(
    'The front door admitted the call, but nobody answers on port 8081, where search is expected.',
  )
  expect(verdict.help?.todo).toContain('process.env.PORT')
})

test('a call without a token is anonymous', () => {
  const { caller: _, ...anonymous } = call()
  expect(titleOf(anonymous)).toBe('(anonymous) → search')
})

const claimedLogin = { service: 'login', account: accountOf('login'), verified: false }
const tokenLayer = { stage: 'token', header: 'authorization', claims: {} } as const

test.each([
  ['signed here', true, 'anybody who has the token can send it'],
  ['signed elsewhere', false, 'anybody can create such a token'],
])('a token that is not valid, %s, proves nothing', (_title, issuedHere, says) => {
  const forged = call({ caller: claimedLogin, layers: [{ ...tokenLayer, issuedHere }] })
  expect(verdictOf(forged).caution).toContain(says)
  expect(verdictOf(forged).caution).toContain('login is only claimed')
  expect(titleOf(forged)).toBe('login (claimed) → search')
})

test('a verified caller and an anonymous one need no caution', () => {
  const { caller: _, ...nobodys } = call()
  expect([verdictOf(call()).caution, verdictOf(nobodys).caution]).toEqual([undefined, undefined])
})

const rules = [{ methods: ['GET'], paths: ['/profiles/:id'] }]
const state = stateOf(['login', 'search'], [{ from: 'login', to: 'search', rules }])
const snippet = '{}'

test('without a token the caller\u2019s side comes first, and the entry opens the service to all', () => {
  const { caller: _, ...nobodys } = call({ code: 'token_missing', refusedBy: 'front-door' })
  const verdict = verdictOf({ ...nobodys, declared: false, snippet }, { state })
  expect(verdict.callerSide?.caller).toBe('login')
  expect(verdict.entry).toEqual({ kind: 'public', snippet })
})

test('a refused operation shows got and expected, and a mistyped path is recognised', () => {
  const refused = call({
    ...{ target: '/profile/7?full=1', status: 403, refusedBy: 'receiver' },
    ...{ code: 'operation_not_allowed', declared: false, snippet },
  })
  const verdict = verdictOf(refused, { state })
  const [got, expected] = ['GET /profile/7', ['GET /people/:id']]
  const noted = { stage: 'answer', status: 403, headers: [], atMs: 1, got, expected } as const
  expect(mismatchOf({ ...refused, layers: [noted] }, state)).toEqual({ got, expected })
  expect(mismatchOf(refused, state)).toEqual({
    got: 'GET /profile/7',
    expected: ['GET /profiles/:id'],
  })
  expect(verdict.help?.todo).toBe('Did you mean GET /profiles/7? The policy allows that.')
  expect(verdict.entry?.kind).toBe('typo')
  const other = verdictOf({ ...refused, target: '/users' }, { state })
  expect(other.entry).toEqual({ kind: 'call', snippet })
  expect(other.help?.todo).toContain('Add the operation')
})

test('no entry is offered for a caller that is only claimed', () => {
  const forged = call({ caller: claimedLogin, declared: false, snippet })
  expect(verdictOf(forged, { state }).entry).toEqual({ kind: 'call', snippet: undefined })
})

test('the audience of a refused push is explained as the push\u2019s, and the token as the emulator\u2019s own', () => {
  const push = { name: 'orders', kind: 'pubsub', to: 'search', path: '/push' } as const
  const pushes = [{ ...push, account: accountOf('pusher') }]
  const refused = call({
    caller: { account: accountOf('pusher'), verified: false },
    ...{ refusedBy: 'front-door', code: 'token_invalid' },
    layers: [
      { ...tokenLayer, issuedHere: true },
      { stage: 'front-door', verdict: 'token_invalid', claim: 'aud', atMs: 1 },
    ],
  })
  const verdict = verdictOf(refused, { state: { ...state, pushes } })
  expect(verdict.help?.todo).toContain('Set audience of the push orders')
  expect(verdict.audienceEntry).toContain('"audience"')
  expect(verdict.caution).toBeUndefined()
})
