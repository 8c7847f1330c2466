import { expect, test } from 'vitest'
import { explainClaims, millisecondsOf } from '../../src/parts/claims.tsx'

const now = 1_800_000_000_000
const seconds = now / 1000

function meaningOf(name: string, value: unknown): string | undefined {
  return explainClaims({ [name]: value }, now)[0]?.means
}

test('claims keep their order; texts are unchanged and other values are JSON', () => {
  const claims = { sub: '7', email_verified: true, google: { zone: 'b' }, mine: null }
  expect(explainClaims(claims, now).map(({ name, value }) => [name, value])).toEqual([
    ['sub', '7'],
    ['email_verified', 'true'],
    ['google', '{"zone":"b"}'],
    ['mine', 'null'],
  ])
})

test.each([
  ['iat', seconds - 300, 'issued 5 min ago'],
  ['iat', seconds, 'issued now'],
  ['nbf', seconds + 60, 'valid from in 1 min'],
  ['exp', seconds + 3300, 'expires in 55 min'],
  ['exp', seconds - 120, 'expired 2 min ago'],
  ['email_verified', true, 'confirmed by Google'],
])('%s %j means: %s', (name, value, means) => {
  expect(meaningOf(name, value)).toBe(means)
})

test.each([
  ['iat', 'soon'],
  ['exp', null],
  ['exp', Number.POSITIVE_INFINITY],
  ['nbf', {}],
])('%s %j is not a time, and its meaning says so', (name, value) => {
  expect(meaningOf(name, value)).toContain('it must be a number')
})

test.each(['true', 1, false])('email_verified %j is not accepted', (value) => {
  expect(meaningOf('email_verified', value)).toBe('must be true')
})

test('an unknown claim has no meaning, whatever its name', () => {
  for (const name of ['mine', 'constructor', 'toString']) expect(meaningOf(name, 1)).toBe('')
})

test('only a finite number is converted to milliseconds', () => {
  expect([millisecondsOf(2), millisecondsOf('2'), millisecondsOf(Number.NaN)]).toEqual([
    2_000,
    undefined,
    undefined,
  ])
})
