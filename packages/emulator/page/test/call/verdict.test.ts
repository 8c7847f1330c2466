import { expect, test } from 'vitest'
import { titleOf, verdictOf } from '../../src/call/verdict.ts'
import { accountOf, call } from '../events.ts'

test.each([
  ['front-door', 'token_invalid', 401, 'refused', 'did not receive it'],
  ['receiver', 'audience_mismatch', 401, 'refused', 'verifyCaller in search refused it'],
  ['receiver', 'keys_unavailable', 503, 'failed', 'verifyCaller in search refused it'],
  ['application', undefined, 403, 'refused', 'its own code answered 403'],
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
  const layers = [sent, admitted, { ...admitted, verdict: 'app_unreachable' }] as const
  const verdict = verdictOf(
    call({ status: 503, refusedBy: 'front-door', code: 'app_unreachable', layers }),
  )
  expect(verdict.outcome).toBe('failed')
  expect(verdict.sentence).toBe('The front door admitted the call, but could not reach search.')
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
