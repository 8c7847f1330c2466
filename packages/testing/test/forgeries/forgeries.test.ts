import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { compactVerify, createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTestIssuer } from '../../src/index.ts'
import { forged, now, target, tokenOf } from '../_helpers.ts'

const { issuer, jwks, forgeries } = await forged()
const keys = createLocalJWKSet(jwks)

test('every forgery has a name of its own, and a reason', () => {
  const names = forgeries.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)])
  expect(forgeries.filter(({ why }) => why.length < 20)).toEqual([])
})

test('every code that one call can earn is earned', () => {
  const codes = new Set(forgeries.map(({ expected }) => `${expected.status} ${expected.code}`))
  expect([...codes].sort()).toEqual([
    '400 token_ambiguous',
    '401 algorithm_not_allowed',
    '401 audience_mismatch',
    '401 claim_invalid',
    '401 issuer_mismatch',
    '401 key_unknown',
    '401 lifetime_too_long',
    '401 signature_invalid',
    '401 signature_removed',
    '401 token_expired',
    '401 token_malformed',
    '401 token_missing',
    '401 token_not_yet_valid',
    '403 caller_not_allowed',
    '403 email_missing',
    '403 email_unverified',
    '403 not_a_service_account',
    '403 subject_mismatch',
  ])
})

test('fetch can send every one of them, within the 16 KB that Node reads', () => {
  for (const { name, headers, rawHeaders } of forgeries) {
    expect(() => new Headers({ ...headers }), name).not.toThrow()
    expect(rawHeaders.join('').length, name).toBeLessThan(15_000)
  }
})

test('none of them is the genuine call', async () => {
  const genuine = await issuer.headers({ ...target, subject: '107512345678901234567' })
  expect(
    forgeries.filter(({ headers }) => headers.authorization === genuine.authorization),
  ).toEqual([])
  expect(await accepted(genuine.authorization.slice(7))).toBe(true)
})

async function accepted(token: string): Promise<boolean> {
  const rules = {
    algorithms: ['RS256'],
    audience: target.audience,
    issuer: ['https://accounts.google.com', 'accounts.google.com'],
    currentDate: new Date(now),
  }
  return jwtVerify(token, keys, rules).then(
    () => true,
    () => false,
  )
}

describe('jose, which knows nothing of this package, refuses', () => {
  /** Where jose is more lenient than a receiver should be: one token, several spellings. */
  const lenient = [
    'stray bits at the end of the header',
    'a space in the header',
    'a tab in the payload',
    'payload: a byte order mark in front',
    '9 KB',
    'b64 false',
    'zip DEF',
    'kid missing',
    'signature: padded',
    'signature: with a space in it',
  ]
  const families = ['encoding', 'algorithm', 'key', 'signature']

  test.each(forgeries.filter(({ family }) => families.includes(family)))(
    '$name',
    async (forgery) => {
      expect(await accepted(tokenOf(forgery))).toBe(lenient.includes(forgery.name))
    },
  )
})

test('in the family of claims the signature is genuine: only claims are wrong', async () => {
  const tokens = forgeries.filter(({ family }) => family === 'claims').map(tokenOf)
  expect(tokens.length).toBeGreaterThan(90)
  for (const token of tokens) await compactVerify(token, keys, { algorithms: ['RS256'] })
})

test('jose too refuses foreign issuers and expired tokens', async () => {
  const codes = ['issuer_mismatch', 'token_expired']
  const some = forgeries.filter(({ family, expected }) => {
    return family === 'claims' && codes.includes(expected.code)
  })
  for (const forgery of some) expect(await accepted(tokenOf(forgery)), forgery.name).toBe(false)
})

test('the pinned account is forged only where it is pinned', async () => {
  const { length } = await issuer.forgeries(target)
  expect(length).toBe(forgeries.length - 1)
})

test('the receiver that reads another header gets its forgeries there', async () => {
  const tokenHeader = 'x-caller-authorization'
  const there = await issuer.forgeries({ ...target, tokenHeader })
  const malformed = there.filter(({ expected }) => expected.code === 'token_malformed')
  expect(malformed.every(({ headers }) => tokenHeader in headers)).toBe(true)
  expect(there.map(({ name }) => name)).toContain('authorization instead of x-caller-authorization')
})

test('an audience that is no URL has no variants that are itself', async () => {
  const others = await issuer.forgeries({ ...target, audience: 'search' })
  const mismatches = others.filter(({ expected }) => expected.code === 'audience_mismatch')
  const verdicts = mismatches.map(async (forgery) => {
    const { payload } = await compactVerify(tokenOf(forgery), keys)
    return (JSON.parse(new TextDecoder().decode(payload)) as { aud?: unknown }).aud
  })
  expect(await Promise.all(verdicts)).not.toContain('search')
})

test('the same issuer forges the same calls again', async () => {
  const again = await issuer.forgeries({ ...target, subject: '107512345678901234567' })
  const withoutEllipticCurve = ({ name }: { name: string }) => !/PS256|ES256|PSS/.test(name)
  expect(again.filter(withoutEllipticCurve)).toEqual(forgeries.filter(withoutEllipticCurve))
})

test('on the wire, rawHeaders are two headers where fetch joins them to one', async () => {
  const seen: string[][] = []
  const server = createServer(({ rawHeaders }, response) => {
    seen.push(rawHeaders.filter((_, index) => /^authorization$/i.test(rawHeaders[index - 1] ?? '')))
    response.end()
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const twice = forgeries.find(({ name }) => name === 'the same header twice')
  await fetch(url, { headers: { ...twice?.headers } })
  const raw = request(url, { headers: [...(twice?.rawHeaders ?? []), 'host', 'localhost'] })
  await once(raw.end(), 'response')
  const one = twice?.rawHeaders[1]
  expect(seen).toEqual([[`${one}, ${one}`], [one, one]])
})

test('forgeries are made with the key that was given', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const other = await createTestIssuer({ signingKey: { kid: 'emulator-1', privateKey } })
  const theirs = (await other.forgeries(target)).filter(({ family }) => family === 'claims')
  for (const forgery of theirs) await compactVerify(tokenOf(forgery), publicKey)
})
