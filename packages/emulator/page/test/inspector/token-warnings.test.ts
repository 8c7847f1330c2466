import { expect, test } from 'vitest'
import { type TokenParts, warningsOf } from '../../src/inspector/inspect-token.ts'
import { accountOf, audienceOf } from '../events.ts'

const now = 1_800_000_000_000
const seconds = now / 1000
const good: TokenParts = {
  header: { alg: 'RS256', kid: 'f3c9' },
  claims: {
    iss: 'https://accounts.google.com',
    aud: audienceOf('search'),
    email: accountOf('login'),
    email_verified: true,
    iat: seconds - 300,
    exp: seconds + 3300,
  },
  signature: 'present',
}

function warnings(claims: object, rest: Partial<TokenParts> = {}): readonly string[] {
  return warningsOf({ ...good, ...rest, claims: { ...good.claims, ...claims } }, now)
}

test('a genuine token has no warnings, with either form of Google’s issuer', () => {
  expect(warnings({})).toEqual([])
  expect(warnings({ iss: 'accounts.google.com' })).toEqual([])
})

test.each([
  ['that expires this second', { exp: seconds }, 'The token expired 0 ms ago.'],
  ['from before the clocks differ', { iat: seconds + 31 }, 'becomes valid in 31 s'],
  ['valid from later on', { nbf: seconds + 90 }, 'becomes valid in 1 min 30 s'],
  ['of an hour and a minute', { iat: seconds, exp: seconds + 3_660 }, 'more than an hour'],
  ['without an audience', { aud: undefined }, 'must be a single string'],
  ['for a path', { aud: `${audienceOf('search')}/push` }, 'has a path'],
  ['of an issuer that looks alike', { iss: 'https://accounts.google.com.evil' }, 'is not Google'],
  [
    'of an address that looks alike',
    { email: 'a@gserviceaccount.com.evil' },
    'the token of a person',
  ],
])('a token %s is warned of, and of nothing else', (_title, claims, warning) => {
  expect(warnings(claims)).toEqual([expect.stringContaining(warning)])
})

test.each([
  ['clocks half a minute apart', { iat: seconds + 29, exp: seconds + 3_600 }],
  ['an audience that is not a URL', { aud: 'my-audience' }],
  ['an audience with a port', { aud: 'https://search.internal:8443' }],
])('%s are nothing to warn of', (_title, claims) => {
  expect(warnings(claims)).toEqual([])
})

test.each([
  ['none', { header: { alg: 'none', kid: 'f3c9' } }, 'The algorithm (alg) is "none"'],
  ['a key without a name', { header: { alg: 'RS256' } }, '(kid)'],
  [
    'an emulator’s key',
    { header: { alg: 'RS256', kid: 'emulator-1' } },
    'An emulator signed the token',
  ],
  ['no signature', { signature: 'missing' }, 'anybody can create'],
  ['the front door’s mark', { signature: 'removed' }, 'Read the token in Authorization'],
] as const)('a token signed with %s is warned of', (_title, rest, warning) => {
  expect(warnings({}, rest)).toEqual([expect.stringContaining(warning)])
})

test('all problems are listed', () => {
  const bare = warningsOf({ header: {}, claims: {}, signature: 'missing' }, now)
  expect(bare.length).toBe(7)
})
