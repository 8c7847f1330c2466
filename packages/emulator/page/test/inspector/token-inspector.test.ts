import { expect, test } from 'vitest'
import { inspectToken } from '../../src/inspector/inspect-token.ts'
import { accountOf, audienceOf } from '../events.ts'

const now = 1_800_000_000_000
const seconds = now / 1000
const header = { alg: 'RS256', kid: 'f3c9', typ: 'JWT' }
const good = {
  iss: 'https://accounts.google.com',
  aud: audienceOf('search'),
  sub: '107517467455664443765',
  email: accountOf('login'),
  email_verified: true,
  iat: seconds - 300,
  exp: seconds + 3300,
}

function encoded(claims: object, head: object = header, signature = 'c2ln'): string {
  return `${base64(head)}.${base64(claims)}.${signature}`
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function inspected(token: string) {
  const result = inspectToken(token, now)
  if ('problem' in result) throw new Error(result.problem)
  return result
}

test('each claim is explained, with times relative to now', () => {
  const { claims, warnings, signature } = inspected(encoded(good))
  const means = Object.fromEntries(claims.map((claim) => [claim.name, claim.means]))
  expect(means).toMatchObject({ iat: 'issued 5 min ago', exp: 'expires in 55 min' })
  expect(warnings).toEqual([])
  expect(signature).toBe('present')
})

test('a token is read as it is pasted', () => {
  const [first = '', rest = ''] = [encoded(good).slice(0, 40), encoded(good).slice(40)]
  expect(inspected(`Authorization: Bearer ${first}\n  ${rest}\n`).warnings).toEqual([])
})

test('claims in any script are read', () => {
  const [claim] = inspected(encoded({ name: 'Zoë 👩‍🚀' })).claims
  expect(claim?.value).toBe('Zoë 👩‍🚀')
})

const { email: _, ...nameless } = good
test.each([
  ['expired', { ...good, exp: seconds - 120 }, 'The token expired 2 min ago.'],
  ['without expiry', { ...good, exp: 'soon' }, 'The token has no expiry'],
  [
    'from the future',
    { ...good, iat: seconds + 600 },
    'The token is not valid yet: it becomes valid in 10 min',
  ],
  ['too long', { ...good, exp: seconds + 7200 }, 'more than an hour'],
  ['for an audience with a slash', { ...good, aud: `${good.aud}/` }, 'ends with a slash'],
  ['for an audience with a path', { ...good, aud: `${good.aud}/push` }, 'has a path'],
  ['for a list of audiences', { ...good, aud: [good.aud] }, 'must be a single string'],
  ['for gcloud', { ...good, aud: '32555940559.apps.googleusercontent.com' }, 'OAuth client'],
  ['of another issuer', { ...good, iss: 'https://idp.example' }, 'is not Google'],
  ['without an email', nameless, 'The token has no email'],
  ['without a verified email', { ...good, email_verified: 'true' }, 'not verified'],
  ['of a person', { ...good, email: 'ann@example.com' }, 'person'],
])('a token %s is warned of', (_title, claims, warning) => {
  const { warnings } = inspected(encoded(claims))
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain(warning)
})

test.each([
  ['another algorithm', { ...header, alg: 'HS256' }, 'c2ln', 'RS256'],
  ['no key id', { alg: 'RS256' }, 'c2ln', '(kid)'],
  ['the emulator’s key', { ...header, kid: 'emulator-1' }, 'c2ln', 'An emulator signed the token'],
  ['its signature removed', header, 'SIGNATURE_REMOVED_BY_GOOGLE', 'Cloud Run removed'],
  ['no signature', header, '', 'no signature'],
])('a token with %s has a warning', (_title, head, signature, warning) => {
  const { warnings } = inspected(encoded(good, head, signature))
  expect(warnings).toEqual([expect.stringContaining(warning)])
})

test.each([
  ['ya29.a0AfH6SMBx', 'access token'],
  ['a.b.c.d.e', 'encrypted'],
  ['hello', 'has 1'],
  ['a.b.c', 'The first part'],
  [`${base64(header)}.W10.c2ln`, 'The second part'],
])('%s is not an ID token, and the reason is given', (text, problem) => {
  expect(inspectToken(text, now)).toEqual({ problem: expect.stringContaining(problem) })
})
